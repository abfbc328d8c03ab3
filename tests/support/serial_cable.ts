import { type Peer, startPeer } from "./peers.ts";

/** A serial port that leads to a fake instrument. */
export interface SerialCable extends AsyncDisposable {
  /** The name of the port. */
  readonly path: string;
  /** Pulls the cable: the port is gone. */
  unplug(): Promise<void>;
  /** Plugs it in again, at the same name. */
  replug(): Promise<void>;
}

/** Makes a serial port, a pseudo terminal of socat, whose other end is a fake instrument. */
export async function serialCable({ host, port }: { host: string; port: number }): Promise<SerialCable> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/by-id`;
  const peer: Peer = await startPeer({
    command: () => ["socat", "-d", "-d", `pty,raw,echo=0,link=${path}`, `tcp:${host}:${port},nodelay`],
    ready: /starting data transfer loop/,
  });
  return {
    path,
    unplug: () => peer.kill(),
    replug: () => peer.restart(),
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
