/**
 * A device of the transport `mqtt`: topics of one broker.
 *
 * @module
 */
import { abortable } from "../../../async/mod.ts";
import { LabError } from "../../../errors.ts";
import { parseTemplate } from "../../format_spec.ts";
import { Payload } from "../../payload.ts";
import { isNumberText } from "../../text_address.ts";
import type { Addressed, DeclaredInstrument, Raw, Reading, Readings, TransportSession } from "../../transport.ts";
import { Broker, type Message } from "./broker.ts";
import type { MqttCommand, MqttKeys, MqttParams, MqttSetting, MqttValue } from "./schema.ts";

/** Messages that wait for the stream, and their characters. The connection waits while there are more. */
const MAX_WAITING = 1_000;
const MAX_WAITING_CHARS = 16 * 1024 * 1024;

/** The reason of a value whose message the broker had kept. */
const STALE = "stale: retained by the broker";

type MqttInstrument = DeclaredInstrument<MqttParams, MqttKeys, MqttValue, MqttSetting>;

/** Connects to the broker, and checks that the instrument has not left. */
export async function openMqttSession(
  { params, keys, settings }: MqttInstrument,
  signal: AbortSignal,
): Promise<TransportSession<MqttValue, MqttSetting, MqttCommand>> {
  const session = new MqttSession(params, keys, settings);
  await session.open(signal);
  return session;
}

class MqttSession implements TransportSession<MqttValue, MqttSetting, MqttCommand> {
  readonly #params: MqttParams;
  readonly #keys: MqttKeys;
  /** The topics of the settings, and that of the instrument's presence. */
  readonly #topics: ReadonlySet<string>;
  /** The last message of each topic, and its number. */
  readonly #latest = new Map<string, { message: Message; number: number }>();
  /** The text published last for each setting, by its name, and the number of the last message before. */
  readonly #published = new Map<string, { text: string; number: number }>();
  #received = 0;
  #broker!: Broker;
  #stream: MessageQueue | undefined;

  constructor(params: MqttParams, keys: MqttKeys, settings: MqttInstrument["settings"]) {
    this.#params = params;
    this.#keys = keys;
    const topics = settings.flatMap(({ address: { topic } }) => topic === undefined ? [] : this.#full(topic));
    this.#topics = new Set([...topics, ...keys.availability ? [this.#full(keys.availability.topic)] : []]);
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#broker = await Broker.connect(this.#params, this.#keys, (message) => this.#receive(message), signal);
    try {
      await abortable(this.#broker.subscribe([...this.#topics]), signal);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async *subscribe(values: readonly Addressed<MqttValue>[], signal: AbortSignal): AsyncGenerator<Readings> {
    const byTopic = Map.groupBy(values, ({ address: { topic } }) => this.#full(topic));
    const queue = new MessageQueue(new Set(byTopic.keys()));
    this.#stream = queue;
    const stop = () => queue.end();
    signal.addEventListener("abort", stop, { once: true });
    this.#broker.lost.catch(stop);
    try {
      signal.throwIfAborted();
      await abortable(this.#broker.subscribe([...byTopic.keys()]), signal);
      for await (const message of queue) yield readingsOf(message, byTopic.get(message.topic)!);
      if (!signal.aborted) await this.#broker.lost;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      queue.end();
      this.#stream = undefined;
      // After a lost connection this fails at once, and is ignored.
      await this.#broker.leave([...byTopic.keys()].filter((topic) => !this.#topics.has(topic)));
    }
  }

  async get({ name, address }: Addressed<MqttSetting>, signal: AbortSignal): Promise<Reading> {
    const topic = this.#full(address.topic!);
    const published = this.#published.get(name);
    const news = () => {
      const latest = this.#latest.get(topic);
      return latest && latest.number > (published?.number ?? -1) ? readingOf(latest.message, address) : undefined;
    };
    const what = `Cannot read ${name} at ${this.#broker.where}: there was no message on ${topic}`;
    if (!published) return await this.#broker.until(news, what, signal);
    // A regular report may still have the old value. If none has the new value, the last report is the answer after the
    // timeout.
    const taken = () => {
      const reading = news();
      return reading?.raw !== undefined && isSame(reading.raw, published.text) ? reading : undefined;
    };
    const reading = await this.#broker.until(taken, what, signal).catch((error) => {
      const last = (error as { type?: string }).type === "MqttTimeout" ? news() : undefined;
      if (!last) throw error;
      return last;
    });
    this.#published.delete(name);
    return reading;
  }

  async set({ name, address }: Addressed<MqttSetting>, raw: Raw): Promise<void> {
    const { before, after, format } = parseTemplate(address.payload);
    const payload = format(raw);
    const text = payload.slice(before.length, payload.length - after.length);
    this.#published.set(name, { text, number: this.#received });
    await this.#broker.publish(this.#full(address.publish!), payload, address.retain);
  }

  async command({ publish, payload, retain }: MqttCommand): Promise<void> {
    await this.#broker.publish(this.#full(publish), payload, retain);
  }

  async close(): Promise<void> {
    await this.#broker.close();
  }

  #receive(message: Message): Promise<void> | undefined {
    const { topic, text } = message;
    this.#latest.set(topic, { message, number: ++this.#received });
    const { availability } = this.#keys;
    if (availability && topic === this.#full(availability.topic) && text.trim() === availability.offline) {
      throw new LabError("DriverError", `the instrument has left: ${topic} is "${text.trim()}"`);
    }
    return this.#stream?.push(message);
  }

  #full(topic: string): string {
    return this.#params.prefix + topic;
  }
}

/** True if the instrument reports what was published: `37.50` for `37.5`, `true` or `ON` for `1`. */
function isSame(raw: Raw, text: string): boolean {
  const [a, b] = [String(raw), text].map((it) =>
    it.trim().toLowerCase().replace(/^(true|on)$/, "1").replace(/^(false|off)$/, "0")
  );
  return a === b || (isNumberText(a) && isNumberText(b) && Number(a) === Number(b));
}

function readingsOf(message: Message, values: readonly Addressed<MqttValue>[]): Readings {
  const payload = new Payload(message.text);
  return Object.fromEntries(values.map(({ name, address }) => [name, readingOf(message, address, payload)]));
}

function readingOf(
  { text, isRetained }: Message,
  address: MqttValue | MqttSetting,
  payload: Payload = new Payload(text),
): Reading {
  const reading = payload.reading(address);
  return isRetained && reading.quality === undefined ? { ...reading, quality: STALE } : reading;
}

/** The messages of a stream's topics, in order. */
class MessageQueue {
  readonly #topics: ReadonlySet<string>;
  readonly #waiting: Message[] = [];
  /** Characters in `#waiting`. */
  #chars = 0;
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  constructor(topics: ReadonlySet<string>) {
    this.#topics = topics;
  }

  /** Adds a message. Resolves when there is room for another one. */
  async push(message: Message): Promise<void> {
    if (this.#isEnded || !this.#topics.has(message.topic)) return;
    this.#waiting.push(message);
    this.#chars += message.text.length;
    this.#notify();
    while (this.#isFull && !this.#isEnded) await this.#changed.promise;
  }

  end(): void {
    this.#isEnded = true;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    for (;;) {
      const message = this.#waiting.shift();
      if (message) {
        this.#chars -= message.text.length;
        this.#notify();
        yield message;
      } else if (this.#isEnded) return;
      else await this.#changed.promise;
    }
  }

  get #isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING || this.#chars >= MAX_WAITING_CHARS;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
