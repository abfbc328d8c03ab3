import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import type { Declared, DriverDocument } from "../../declared/file/read_file.ts";
import { parseTemplate } from "../../declared/format_spec.ts";
import { BYTES_OF, endOf, writeField } from "../../declared/transports/udp/layout.ts";
import { fieldOf, type UdpKeys, type UdpSetting, type UdpValue } from "../../declared/transports/udp/schema.ts";
import type { YamlFake } from "./fake.ts";
import { FakeValues, takeText } from "./fake_values.ts";
import { payloadText } from "./payload_text.ts";

/** The time between two datagrams, in milliseconds. */
const PERIOD_MS = 20;

const HOST = "127.0.0.1";

type Value = Declared & { address: UdpValue };

/**
 * An instrument of a YAML driver that sends datagrams: bytes in the file's layout, or a text. It takes the settings that are
 * sent to it, except those beyond the limits.
 */
export async function udpFake(document: DriverDocument): Promise<YamlFake> {
  const values = new FakeValues(document);
  const settings = document.settings as (Declared & { address: UdpSetting })[];
  const onMessage = (bytes: Buffer) => {
    const text = bytes.toString();
    for (const setting of settings) {
      const { before, after } = parseTemplate(setting.address.send);
      if (text.startsWith(before) && text.endsWith(after)) {
        takeText(values, setting, text.slice(before.length, text.length - after.length));
      }
    }
  };
  const port = await freePort();
  let socket: Socket | undefined = await bound(0, onMessage);
  const own = socket.address().port;
  const timer = setInterval(() => socket?.send(datagram(document, values), port, HOST, () => {}), PERIOD_MS);
  const drop = async () => {
    const dropped = socket;
    socket = undefined;
    if (dropped) await closed(dropped);
  };
  return {
    params: { port, address: HOST, from: HOST, to_host: HOST, to_port: own },
    get: (name) => values.get(name),
    set: (name, value) => values.set(name, value),
    drop,
    async restore() {
      socket ??= await bound(own, onMessage);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await drop();
    },
  };
}

/** The datagram of all values. */
function datagram(document: DriverDocument, values: FakeValues): Buffer {
  const keys = document.keys as UdpKeys;
  const all = document.values as Value[];
  const start = Buffer.from(keys.starts_with ?? "", "hex");
  const inBytes = all.filter(({ address: { at } }) => at !== undefined);
  if (inBytes.length === 0) {
    const text = payloadText(all.map(({ name, address }) => ({ address, value: values.get(name) })));
    return Buffer.concat([start, Buffer.from(text)]);
  }
  const ends = inBytes.map(({ address }) => endOf(fieldOf(address, keys), address.count));
  const bytes = Buffer.alloc(Math.max(start.length, ...ends));
  for (const { name, address } of inBytes) write(bytes, address, keys, Number(values.get(name)));
  start.copy(bytes);
  return bytes;
}

/** Writes a value to its place; a waveform of it is one period of a sine around it. */
function write(bytes: Buffer, address: UdpValue, keys: UdpKeys, value: number): void {
  const field = fieldOf(address, keys);
  const { bit, count = 1 } = address;
  if (bit !== undefined) {
    const size = BYTES_OF[field.type];
    const byte = field.at + (field.endian === "little" ? bit >> 3 : size - 1 - (bit >> 3));
    if (value) bytes[byte] |= 1 << (bit & 7);
    return;
  }
  const isWhole = !field.type.startsWith("float");
  for (let index = 0; index < count; index++) {
    const number = count === 1 ? value : value + 50 * (1 + Math.sin(2 * Math.PI * index / count));
    writeField(
      bytes,
      { ...field, at: field.at + BYTES_OF[field.type] * index },
      isWhole ? Math.round(number) : number,
    );
  }
}

async function bound(port: number, onMessage: (bytes: Buffer) => void): Promise<Socket> {
  const socket = createSocket("udp4", onMessage);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject).bind(port, HOST, resolve);
  await promise;
  // A datagram that is not taken may come back as an error.
  socket.off("error", reject).on("error", () => {});
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.close(resolve);
  await promise;
}

/** A port at which a device can listen. */
async function freePort(): Promise<number> {
  const socket = await bound(0, () => {});
  const { port }: AddressInfo = socket.address();
  await closed(socket);
  return port;
}
