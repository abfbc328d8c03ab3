import { McapWriter } from "@mcap/core";
import { zstdCompressSync } from "node:zlib";
import type { StoredEvent } from "../store/stored_events.ts";
import { timeIn } from "../store/frames.ts";

const ANY_OBJECT = { type: "object" };

const ENVELOPE = {
  device_id: { type: "string" },
  sequence: { type: "integer" },
  timestamp: { type: "string", format: "date-time" },
};

const encoder = new TextEncoder();

/** Keeps the output of the library's writer until it is taken. */
class Pieces {
  #bytes: Uint8Array[] = [];
  #position = 0n;

  write(bytes: Uint8Array): Promise<void> {
    // The writer uses its buffer again.
    this.#bytes.push(bytes.slice());
    this.#position += BigInt(bytes.length);
    return Promise.resolve();
  }

  position(): bigint {
    return this.#position;
  }

  *taken(): Generator<Uint8Array, void> {
    const bytes = this.#bytes;
    this.#bytes = [];
    yield* bytes;
  }
}

/**
 * Events as an MCAP file: each is a message in JSON, to the last digit as it was streamed, at its time. The samples of `daq1` have
 * the topic `/daq1`, its gaps `/daq1/gap`, and so on for each event. The schema of a topic is that of its messages, with the
 * schema of the samples in it. The metadata has the recording, the descriptions and the units.
 *
 * @param descriptors The events `descriptor` that hold at the beginning.
 */
export async function* mcapPieces(
  events: Iterable<StoredEvent>,
  descriptors: readonly StoredEvent[],
  metadata: Record<string, unknown>,
): AsyncGenerator<Uint8Array, void> {
  const pieces = new Pieces();
  const writer = new McapWriter({
    writable: pieces,
    compressChunk: (bytes) => ({ compression: "zstd", compressedData: zstdCompressSync(bytes) }),
  });
  await writer.start({ profile: "", library: "LabDaemon" });
  for (const [name, value] of Object.entries(metadata)) {
    await writer.addMetadata({ name: `labdaemon.${name}`, metadata: new Map([["json", JSON.stringify(value)]]) });
  }
  const topics = new Topics(writer);
  for (const descriptor of descriptors) topics.describe(descriptor);
  let time = 0n;
  for (const event of events) {
    if (event.event === "descriptor") topics.describe(event);
    const channelId = await topics.channelOf(event);
    // What is no event of a device, such as a damaged file, is at the time of the event before it.
    time = timeIn(event.data) ?? time;
    const sequence = event.event === "device_data" ? sequenceIn(event.data) : 0;
    const data = encoder.encode(event.data);
    await writer.addMessage({ channelId, sequence, logTime: time, publishTime: time, data });
    yield* pieces.taken();
  }
  await writer.end();
  yield* pieces.taken();
}

/** The channels of a file. */
class Topics {
  readonly #writer: McapWriter;
  /** The schema of each device's samples, as JSON. */
  readonly #samples = new Map<string, string>();
  readonly #channels = new Map<string, number>();

  constructor(writer: McapWriter) {
    this.#writer = writer;
  }

  /** Samples of the device have the schema of this description from now on. */
  describe({ device, data }: StoredEvent): void {
    const { sample } = JSON.parse(data) as { sample?: unknown };
    this.#samples.set(device, JSON.stringify(sample ?? {}));
  }

  async channelOf({ device, epoch, event }: StoredEvent): Promise<number> {
    const isSample = event === "device_data";
    const sample = isSample ? this.#samples.get(device) ?? "{}" : "";
    const key = JSON.stringify([device, epoch, event, sample]);
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const schema = isSample ? { ...ANY_OBJECT, properties: { ...ENVELOPE, payload: JSON.parse(sample) } } : ANY_OBJECT;
    const schemaId = await this.#writer.registerSchema({
      name: isSample ? `${device}.sample` : event,
      encoding: "jsonschema",
      data: encoder.encode(JSON.stringify(schema)),
    });
    const topic = isSample ? `/${device}` : `${device && `/${device}`}/${event}`;
    const metadata = new Map([["device_id", device], ["event", event], ["epoch", epoch]]);
    const channel = await this.#writer.registerChannel({ schemaId, topic, messageEncoding: "json", metadata });
    this.#channels.set(key, channel);
    return channel;
  }
}

/** The number of a sample, as far as this format has room for it: its lower 32 bits. */
function sequenceIn(data: string): number {
  const found = /"sequence":(\d+)/.exec(data);
  return found ? Number(BigInt(found[1]) & 0xffff_ffffn) : 0;
}
