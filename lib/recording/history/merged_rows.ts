import { messageOf } from "../../errors.ts";
import { listBroken } from "../store/segment_files.ts";
import { segmentsWith } from "../store/segment_index.ts";
import type { Node, NodeSelection } from "../store/segment_nodes.ts";
import { SegmentReader } from "../store/segment_reader.ts";
import type { Past } from "./past.ts";
import { unpackSummary } from "./summary.ts";

/** A row of one of several recordings, or a summary of many. */
export interface FoundRow extends Node {
  /**
   * Reads the rows into a past.
   *
   * @throws {Error} if a row is damaged.
   */
  addTo(past: Past): void;
}

/** The rows of several recordings in a part, the earliest first. `damaged` gets the faults of files that cannot be read. */
export function* mergedRows(
  folders: readonly string[],
  selection: NodeSelection,
  damaged: (message: string) => void,
): Generator<FoundRow, void> {
  const sources = folders.map((folder) => rowsOf(folder, selection, damaged));
  try {
    const heads = sources.map((source) => source.next().value);
    while (true) {
      let first = -1;
      for (const [i, head] of heads.entries()) {
        if (head && (first < 0 || head.t0 < heads[first]!.t0)) first = i;
      }
      if (first < 0) return;
      yield heads[first]!;
      heads[first] = sources[first].next().value;
    }
  } finally {
    for (const source of sources) source.return(undefined);
  }
}

function* rowsOf(
  folder: string,
  selection: NodeSelection,
  damaged: (message: string) => void,
): Generator<FoundRow, undefined> {
  for (const name of listBroken(folder)) damaged(`${name} is damaged, and was set aside`);
  const { device, from, to } = selection;
  for (const name of segmentsWith(folder, { devices: [device], from, to })) {
    try {
      using reader = new SegmentReader(`${folder}/${name}`);
      for (const node of reader.nodes(selection)) yield { ...node, addTo: (past) => add(reader, node, past) };
    } catch (error) {
      // The retention has removed it.
      if (error instanceof Deno.errors.NotFound) continue;
      damaged(`${name}: ${messageOf(error)}`);
    }
  }
}

function add(reader: SegmentReader, node: Node, past: Past): void {
  if (node.summary !== null) return past.addSummary(node.key, unpackSummary(reader.summary(node.summary)));
  const content = reader.content(node);
  if (content instanceof Uint8Array) past.add(node.key, content);
  else past.addBlock(node.key, content);
}
