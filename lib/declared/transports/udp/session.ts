/**
 * A device of the transport `udp`: the datagrams that come to a port.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { abortable, fromCallback, type Lost } from "../../../async/mod.ts";
import { LabError, messageOf } from "../../../errors.ts";
import { parseTemplate } from "../../format_spec.ts";
import { LimitedLog } from "../../limited_log.ts";
import { Payload } from "../../payload.ts";
import type { Addressed, DeclaredInstrument, Raw, Reading, Readings, TransportSession } from "../../transport.ts";
import { endOf, readField, readNumbers } from "./layout.ts";
import { fieldOf, type UdpKeys, type UdpParams, type UdpSetting, type UdpValue } from "./schema.ts";

/** Datagrams that wait for the stream: 64 MB at most. Those beyond are reported as lost. */
const MAX_WAITING = 1_000;

type UdpInstrument = DeclaredInstrument<UdpParams, UdpKeys, UdpValue, UdpSetting>;

/** Listens at the port. */
export async function openUdp(
  { params, keys }: UdpInstrument,
  signal: AbortSignal,
): Promise<TransportSession<UdpValue, UdpSetting, string>> {
  const { address, port } = params;
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  try {
    socket.bind(port, address, resolve);
    await abortable(promise, signal);
    socket.off("error", reject);
    return new UdpSession(socket, params, keys);
  } catch (cause) {
    socket.on("error", () => {}).close();
    signal.throwIfAborted();
    throw new LabError("DriverError", `Cannot listen at ${address}:${port} (UDP): ${messageOf(cause)}`, { cause });
  }
}

class UdpSession implements TransportSession<UdpValue, UdpSetting, string> {
  readonly #socket: Socket;
  readonly #params: UdpParams;
  readonly #keys: UdpKeys;
  readonly #start: Buffer;

  constructor(socket: Socket, params: UdpParams, keys: UdpKeys) {
    this.#socket = socket;
    this.#params = params;
    this.#keys = keys;
    this.#start = Buffer.from(keys.starts_with ?? "", "hex");
    // An error of one datagram that was sent, such as a port without a listener, comes here much later.
    const log = new LimitedLog();
    socket.on("error", (error) => log.warn(() => `UDP: ${messageOf(error)}`));
  }

  async *subscribe(values: readonly Addressed<UdpValue>[], signal: AbortSignal): AsyncGenerator<Readings | Lost> {
    const { silence, address, port } = this.#params;
    yield* fromCallback<Readings>(
      (push, fail) => {
        const onSilence = () =>
          fail(new LabError("DriverError", `There was no datagram at ${address}:${port} for ${silence} s`));
        let timer = setTimeout(onSilence, silence * 1000);
        const onMessage = (bytes: Buffer, peer: RemoteInfo) => {
          if (!this.#isOurs(bytes, peer)) return;
          clearTimeout(timer);
          timer = setTimeout(onSilence, silence * 1000);
          push(this.#readings(bytes, values));
        };
        this.#socket.on("message", onMessage);
        return () => {
          clearTimeout(timer);
          this.#socket.off("message", onMessage);
        };
      },
      signal,
      { limit: MAX_WAITING },
    );
  }

  async set({ address: { send } }: Addressed<UdpSetting>, raw: Raw): Promise<void> {
    await this.#send(parseTemplate(send).format(raw));
  }

  async command(command: string): Promise<void> {
    await this.#send(command);
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.close(resolve);
    await promise;
  }

  #isOurs(bytes: Buffer, { address }: RemoteInfo): boolean {
    const { from } = this.#params;
    return (from === undefined || address === from) && bytes.subarray(0, this.#start.length).equals(this.#start);
  }

  #readings(bytes: Uint8Array, values: readonly Addressed<UdpValue>[]): Readings {
    const payload = new Payload(new TextDecoder().decode(bytes));
    return Object.fromEntries(values.map(({ name, address }) => [
      name,
      address.at === undefined ? payload.reading(address) : this.#inBytes(bytes, address),
    ]));
  }

  #inBytes(bytes: Uint8Array, address: UdpValue): Reading {
    const { bit, count } = address;
    const field = fieldOf(address, this.#keys);
    const end = endOf(field, count);
    if (bytes.length < end) return { quality: `expected ${end} bytes or more, found ${bytes.length}` };
    if (count !== undefined) return { raw: readNumbers(bytes, field, count) };
    const number = readField(bytes, field);
    return { raw: bit === undefined ? number : (Number(number) >>> bit & 1) === 1 };
  }

  async #send(text: string): Promise<void> {
    const { to_host: host, to_port: port } = this.#params;
    if (host === undefined) {
      throw new LabError("DriverError", "Cannot send: the device has no params to_host and to_port");
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.send(Buffer.from(text), port, host, (error) => error ? reject(error) : resolve());
    await promise.catch((cause) => {
      throw new LabError("DriverError", `Cannot send to ${host}:${port} (UDP): ${messageOf(cause)}`, { cause });
    });
  }
}
