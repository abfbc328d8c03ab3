const decoder = () => new TextDecoder("utf-8", { fatal: true });

/** One device as one verified reader saw it. */
export interface Account {
  first: number;
  next: number;
  received: number;
  lost: number;
}

/** Called with a sample's number and its parsed event. */
export type EventListener = (sequence: number, event: { timestamp: string; payload: unknown }) => void;

interface WireEvent {
  event: string;
  device_id: string;
  sequence: number;
  timestamp: string;
  payload: unknown;
  from: number;
  to: number;
  lost: number;
}

/**
 * Checks a stream completely: every event is parsed, every field that says the order is compared with every other. The
 * scanner's judge; for a few readers only. Understands streams of several devices.
 */
export class EventVerifier {
  /** The first few violations, in words. */
  readonly faults: string[] = [];
  readonly accounts = new Map<string, Account>();
  gaps = 0;
  #text = "";
  readonly #decoder = decoder();
  readonly #onSample: EventListener | undefined;

  constructor(onSample?: EventListener) {
    this.#onSample = onSample;
  }

  /** Takes the next bytes of the body. */
  push(bytes: Uint8Array): void {
    const frames = (this.#text + this.#decoder.decode(bytes, { stream: true })).split("\n\n");
    this.#text = frames.pop()!;
    for (const frame of frames) this.#frame(frame);
  }

  #frame(frame: string): void {
    const fields = new Map(
      frame.split("\n").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
      }),
    );
    const data = fields.get("data");
    // A comment, or the retry time.
    if (data === undefined) return;
    const event = JSON.parse(data) as WireEvent;
    if (event.event !== fields.get("event")) this.#fault(`event ${fields.get("event")} holds ${event.event}`);
    if (event.event === "device_data") this.#sample(event, fields.get("id") ?? "");
    else if (event.event === "gap") this.#gap(event);
  }

  #sample(event: WireEvent, id: string): void {
    const { device_id, sequence } = event;
    const account = this.#account(device_id, sequence);
    // `epoch-7` on a stream of one device; `epoch;a:3;b:7` with the event's own device last on one of several.
    if (!id.endsWith(`-${sequence}`) && !id.endsWith(`;${device_id}:${sequence}`)) {
      this.#fault(`sample ${sequence} of ${device_id} has the id ${id}`);
    }
    if (sequence !== account.next) this.#fault(`sample ${sequence} of ${device_id} where ${account.next} is due`);
    account.next = sequence + 1;
    account.received++;
    this.#onSample?.(sequence, event);
  }

  #gap({ device_id, from, to, lost }: WireEvent): void {
    const account = this.#account(device_id, from);
    if (from !== account.next || to - from + 1 !== lost) {
      this.#fault(`gap of ${lost} from ${from} to ${to} of ${device_id} where ${account.next} is due`);
    }
    account.next = to + 1;
    account.lost += lost;
    this.gaps++;
  }

  #account(deviceId: string, first: number): Account {
    let account = this.accounts.get(deviceId);
    if (!account) this.accounts.set(deviceId, account = { first, next: first, received: 0, lost: 0 });
    return account;
  }

  #fault(what: string): void {
    if (this.faults.length < 10) this.faults.push(what);
  }
}
