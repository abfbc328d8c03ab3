import {
  BLOCK_PACKET,
  HEADER_BYTES,
  JSON_PACKET,
  MAX_PACKET_BYTES,
  packet,
  readPackets,
  RESULT_PACKET,
  withHeader,
} from "../../host/protocol/framing.ts";
import { concat } from "../../format/concat.ts";
import { kill, programOf } from "../feed/program.ts";
import type { HistoryRequest } from "./history_request.ts";

/** Larger pieces are written without a copy. */
const MAX_COPIED_BYTES = 64 * 1024;

const MAIN = new URL("./main.ts", import.meta.url);

const MAX_OUTPUT_CHARS = 2_000;

/** A process that reads histories, one after the other. It may read the folder of the recordings and nothing else. */
export class HistoryReader {
  readonly root: string | null;
  /** Resolves with the output of the process when it has ended. */
  readonly ended: Promise<string>;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncGenerator<{ content: Uint8Array<ArrayBuffer> }>;

  constructor(root: string | null) {
    this.root = root;
    this.#child = programOf(MAIN, root, []).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.#answers = readPackets(this.#child.stdout, { [RESULT_PACKET]: MAX_PACKET_BYTES });
    const output = new Response(this.#child.stderr).text();
    this.ended = this.#child.status.then(async () => (await output).trim().slice(0, MAX_OUTPUT_CHARS));
  }

  /** The answer to a request as JSON; `undefined` if the process has ended. */
  async read(request: HistoryRequest, ring: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const [answer] = await Promise.all([this.#answers.next().catch(() => undefined), this.#send(request, ring)]);
    return answer?.value?.content;
  }

  /** Ends the process. */
  kill(): void {
    kill(this.#child);
    // The rest of what it wrote.
    this.#answers.return(undefined).catch(() => {});
    this.#stdin.abort().catch(() => {});
  }

  async #send(request: HistoryRequest, ring: readonly Uint8Array[]): Promise<void> {
    try {
      await this.#stdin.write(packet(JSON_PACKET, 0, new TextEncoder().encode(JSON.stringify(request))));
      for (const piece of pieces(ring)) {
        const head = withHeader(BLOCK_PACKET, 0, new Uint8Array(HEADER_BYTES));
        new DataView(head.buffer).setUint32(4, piece.length, true);
        await this.#stdin.write(head);
        await this.#stdin.write(piece);
      }
      await this.#stdin.write(packet(BLOCK_PACKET, 0, new Uint8Array()));
    } catch {
      // It has ended: there is no answer.
    }
  }
}

/** The parts in fewer pieces: small parts together, large ones as they are. */
function* pieces(parts: readonly Uint8Array[]): Generator<Uint8Array, void> {
  let small: Uint8Array[] = [];
  for (const part of parts) {
    if (part.length <= MAX_COPIED_BYTES) small.push(part);
    else {
      if (small.length > 0) yield concat(small);
      small = [];
      yield part;
    }
  }
  if (small.length > 0) yield concat(small);
}
