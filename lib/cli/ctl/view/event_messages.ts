import type {
  DeviceStateEvent,
  ErrorReport,
  GapEvent,
  LeaseEvent,
  ReceivedEvent,
  TaskEvent,
} from "../../../client/mod.ts";
import { stepText } from "../../../format/elapsed.ts";
import { gapReason } from "../../../format/gap_reasons.ts";

/** The reader, in the reason of a gap. */
const READER = "this program, or the reader of its output,";

/** The last reported state of a device. */
interface Reported {
  state?: string;
  failure?: string;
  /** True after the first message or sample: until then, states on the way to streaming are not reported. */
  started?: boolean;
  /** True after a restart of the daemon, until the first sample. */
  restarting?: boolean;
}

/**
 * Messages for the events of a stream besides samples. The expected first states have no message, and neither has a
 * repeated attempt with the same failure.
 */
export class EventMessages {
  readonly #reported = new Map<string, Reported>();

  /** The message of an event; `undefined` for an event without a message. */
  messageOf({ event, device_id: id, data }: ReceivedEvent): string | undefined {
    const reported = this.#reported.get(id) ?? {};
    this.#reported.set(id, reported);
    switch (event) {
      case "device_data":
        reported.started = true;
        reported.restarting = false;
        return;
      case "gap":
        reported.restarting = data.reason === "restart";
        return `"${id}" lost ${gapText(data)}`;
      case "clock":
        return `The ${data.source === "instrument" ? "instrument's " : ""}clock of "${id}" was set ${
          stepText(data.step)
        }`;
      case "options":
        return `"${id}" streams with other options: ${JSON.stringify(data.options)}`;
      case "property":
        return `"${id}" has ${data.name} = ${JSON.stringify(data.value)}`;
      case "stream_error":
        if (data.error.message === reported.failure) return;
        reported.failure = data.error.message;
        return `"${id}" failed${sourceText(data.error)}: ${data.error.message}`;
      case "device_state":
        if (data.reason !== "removed") return stateText(id, data, reported);
        this.#reported.delete(id);
        return `"${id}" was removed`;
      case "lease":
        return leaseText(id, data);
      case "alarm":
        return `The alarm "${data.name}" of "${id}" is ${data.state}: ${data.message}`;
      case "task":
        // What has become of the step follows.
        return data.change === "step_begun" ? undefined : taskText(data);
    }
  }
}

function gapText({ lost, from, to, reason }: GapEvent): string {
  const why = gapReason(reason, READER);
  if (lost === null) return `an unknown number of samples from #${from} on: ${why}`;
  return lost === 1 ? `sample #${from}: ${why}` : `${lost} samples, #${from} to #${to}: ${why}`;
}

function leaseText(id: string, { state, owner, purpose, reason, safe }: LeaseEvent): string {
  if (state === "granted") return `"${id}" is leased by ${owner}${purpose && `: ${purpose}`}`;
  if (state !== "free") return `The lease of "${id}" by ${owner} has ended (${state})${reason ? `: ${reason}` : ""}`;
  return `"${id}" is free${safe ? ", and was made safe" : safe === false ? "; it could not be made safe" : ""}`;
}

function taskText({ task_id, task_type, change, step, text }: TaskEvent): string {
  const what = step === null ? change : `${change.replace(/^step_/, "step ")} "${step}"`;
  return `The task "${task_id}" (${task_type}): ${what}${text && `: ${text}`}`;
}

/** The source of a failure in parentheses: instrument, driver or daemon. */
function sourceText({ failure_source: source }: ErrorReport): string {
  return source ? ` (${source})` : "";
}

function stateText(id: string, { state, error, retry_in }: DeviceStateEvent, reported: Reported): string | undefined {
  const { state: before, failure } = reported;
  if (state === "connecting" && before === "retrying") return;
  const isWell = state === "streaming" || state === "connected";
  reported.state = state;
  reported.failure = isWell ? undefined : error?.message ?? failure;
  const isExpected = !error &&
    (reported.restarting || !reported.started && (isWell || state === "connecting"));
  if (isExpected || (state === before && reported.failure === failure)) return;
  reported.started = true;
  const next = retry_in === undefined ? "" : `, next try in ${retry_in.toFixed(1)} s`;
  const why = error && error.message !== failure ? `${sourceText(error)}: ${error.message}` : "";
  return `"${id}" is ${state}${next}${why}`;
}
