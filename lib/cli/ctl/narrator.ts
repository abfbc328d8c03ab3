import { gapReason } from "../../format/gap_reasons.ts";
import type { DeviceStateEvent, GapEvent, ReceivedEvent } from "../../client/mod.ts";

/** The reader, in the reason of a gap. */
const READER = "this program, or the reader of its output,";

/** What was told of a device. */
interface Told {
  state?: string;
  failure?: string;
  /** Whether there was anything to tell, or a sample. Until then it only comes to life. */
  lives?: boolean;
  /** Whether it tells its life again, under a daemon that was restarted, and has not come to its samples yet. */
  repeats?: boolean;
}

/**
 * Tells in words what happens on a stream besides samples. What is as it should be from the beginning needs no word, and a
 * device that tries again and again with the same failure needs no second one.
 */
export class Narrator {
  readonly #told = new Map<string, Told>();

  /** What there is to say of an event, if anything. */
  tell({ event, device_id: id, data }: ReceivedEvent): string | undefined {
    const told = this.#told.get(id) ?? {};
    this.#told.set(id, told);
    switch (event) {
      case "device_data":
        told.lives = true;
        told.repeats = false;
        return;
      case "gap":
        told.repeats = data.reason === "restart";
        return `"${id}" lost ${lossOf(data)}`;
      case "stream_error":
        if (data.error?.message === told.failure) return;
        told.failure = data.error?.message;
        return `"${id}" failed: ${told.failure}`;
      case "device_state":
        if (data.reason !== "removed") return stateOf(id, data, told);
        this.#told.delete(id);
        return `"${id}" was removed`;
    }
  }
}

function lossOf({ lost, from, to, reason }: GapEvent): string {
  const why = gapReason(reason, READER);
  if (lost === null || lost === undefined) return `samples from #${from} on, nobody knows how many: ${why}`;
  return lost === 1 ? `sample #${from}: ${why}` : `${lost} samples, #${from} to #${to}: ${why}`;
}

function stateOf(id: string, { state, error, retry_in }: DeviceStateEvent, told: Told): string | undefined {
  const { state: before, failure } = told;
  if (state === "connecting" && before === "retrying") return;
  const isWell = state === "streaming" || state === "connected";
  told.state = state;
  told.failure = isWell ? undefined : error?.message ?? failure;
  const isComing = !error && (told.repeats || !told.lives && (isWell || state === "connecting"));
  if (isComing || (state === before && told.failure === failure)) return;
  told.lives = true;
  const next = retry_in === undefined ? "" : `, next try in ${retry_in.toFixed(1)} s`;
  const why = error && error.message !== failure ? `: ${error.message}` : "";
  return `"${id}" is ${state}${next}${why}`;
}
