import { openSystemLibrary } from "../../../host/protocol/system_library.ts";

/** Functions of the system's library. */
const FUNCTIONS = {
  fcntl: { parameters: ["i32", "i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
} as const;

/** `F_GETFD`: fails for a number that is no open file. */
const GET_FLAGS = 1;

/** `SHUT_RDWR`. */
const BOTH_WAYS = 2;

/** The system gives the lowest free numbers: after so many that are not open, no other one is. */
const MAX_UNUSED = 1024;

/** The length of an address of IPv4, as the system writes it. */
const IPV4_LENGTH = 16;

/** Ends connections of this process, which their owner finds closed by the client. */
export type EndSockets = (connections: readonly Pick<Deno.TlsConn, "localAddr" | "remoteAddr">[]) => void;

/**
 * Finds the sockets of connections by their addresses, and shuts them down, where the process may use the system's library
 * (`--allow-ffi`); `undefined` elsewhere.
 */
export function socketEnder(): EndSockets | undefined {
  library ??= openSystemLibrary(FUNCTIONS);
  if (!library) return undefined;
  const { fcntl, getsockname, getpeername, shutdown } = library.symbols;
  const address = new Uint8Array(128);
  const length = new Uint32Array(1);
  const read = (get: typeof getpeername, file: number) => {
    length[0] = address.length;
    return get(file, address, length) === 0;
  };
  const port = () => address[2] * 256 + address[3];
  return (connections) => {
    const open = new Map<number, string[]>();
    for (const { remoteAddr } of connections) {
      const { hostname, port } = remoteAddr as Deno.NetAddr;
      open.set(port, [...open.get(port) ?? [], canonical(hostname)]);
    }
    const own = new Set(connections.map(({ localAddr }) => (localAddr as Deno.NetAddr).port));
    for (let file = 0, unused = 0; unused < MAX_UNUSED && open.size > 0; file++) {
      if (fcntl(file, GET_FLAGS) < 0) unused++;
      else {
        unused = 0;
        if (!read(getpeername, file)) continue;
        const hosts = open.get(port());
        if (!hosts?.includes(hostOf(address, length[0]))) continue;
        if (read(getsockname, file) && own.has(port())) shutdown(file, BOTH_WAYS);
      }
    }
  };
}

let library: Deno.DynamicLibrary<typeof FUNCTIONS> | undefined;

/** The host of an address as the system writes it, in the notation of a URL. */
function hostOf(address: Uint8Array, length: number): string {
  if (length === IPV4_LENGTH) return address.subarray(4, 8).join(".");
  const hex = Array.from(address.subarray(8, 24), (byte) => byte.toString(16).padStart(2, "0"));
  return canonical(Array.from({ length: 8 }, (_, i) => hex[2 * i] + hex[2 * i + 1]).join(":"));
}

function canonical(host: string): string {
  return host.includes(":") ? new URL(`http://[${host.replace(/%.*/, "")}]`).hostname : host;
}
