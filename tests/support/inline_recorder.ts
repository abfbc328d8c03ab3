import { HEADER_BYTES } from "../../lib/host/protocol/framing.ts";
import { concat } from "../../lib/format/concat.ts";
import type { RecorderLink } from "../../lib/recording/feed/recorder_link.ts";
import type { RecorderReport } from "../../lib/recording/protocol/messages.ts";
import type { BlockLimits } from "../../lib/recording/recorder/compactor.ts";
import { Recorder } from "../../lib/recording/recorder/recorder.ts";

/** Recorders in this process, one after the other, as the daemon starts them. */
export class InlineRecorders {
  /** False to store only when the test calls {@linkcode commit}. */
  commits = true;
  /** When rows become a block; by default, as in the recorder's process. */
  blocks: Partial<BlockLimits> = {};
  /** True for a ring in memory, which has no room now and then. */
  isDirect = false;
  /** The number of recorders that were started. */
  starts = 0;
  #recorder: Recorder | undefined;
  #end = (_hasStored: boolean) => {};

  /** Starts one. */
  readonly start = (): RecorderLink => {
    this.starts++;
    const reports: RecorderReport[] = [];
    let wake = () => {};
    let isOver = false;
    let rest: Uint8Array = new Uint8Array();
    const recorder = new Recorder((report) => {
      reports.push(report);
      wake();
    }, { blocks: this.blocks });
    const end = (hasStored: boolean) => {
      if (isOver) return;
      isOver = true;
      if (hasStored) recorder.close();
      else recorder.pause("killed");
      wake();
    };
    let writes = 0;
    const take = (parts: readonly Uint8Array[]) => {
      rest = concat([rest, ...parts]);
      for (let size = sizeOf(rest); size !== undefined; size = sizeOf(rest)) {
        const packet = rest.subarray(0, size);
        const seat = new DataView(packet.buffer, packet.byteOffset).getUint16(2, true);
        recorder.take({ kind: packet[0], seat, content: packet.slice(HEADER_BYTES) });
        rest = rest.slice(size);
      }
      if (this.commits) this.commit();
    };
    this.#recorder = recorder;
    this.#end = end;
    return {
      pid: this.starts,
      reports: (async function* () {
        for (;;) {
          for (let report = reports.shift(); report; report = reports.shift()) yield report;
          if (isOver) return;
          await new Promise<void>((resolve) => wake = resolve);
        }
      })(),
      write: (parts) => {
        if (isOver) return Promise.reject(new Error("the recorder is gone"));
        take(parts);
        return Promise.resolve();
      },
      isDirect: () => this.isDirect,
      writeNow: (parts) => {
        if (isOver) throw new Error("the recorder is gone");
        const hasRoom = this.isDirect && ++writes % 5 !== 0;
        if (hasRoom) take(parts);
        return hasRoom;
      },
      close: () => Promise.resolve(end(true)),
    };
  };

  /** Stores all that was sent so far. */
  commit(): void {
    this.#recorder?.commit();
    this.#recorder?.compact(() => false);
  }

  /** The disk is full. */
  pause(reason: string): void {
    this.#recorder?.pause(reason);
  }

  /** There is room again. */
  resume(): void {
    this.#recorder?.resume();
  }

  /** Ends the present one at once. What was not stored is lost to it. */
  kill(): void {
    this.#end(false);
  }
}

/** The size of the first packet, if it is whole. */
function sizeOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const size = HEADER_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  return bytes.length >= size ? size : undefined;
}
