/** Instruments that speak VXI-11 and HiSLIP, for tests. Other projects' clients speak with them in tests/peers. */
import {
  DEVICE_CORE,
  PORT_MAPPER,
  PORT_MAPPER_PORT,
  PROCEDURES,
} from "../../lib/declared/transports/scpi/links/vxi11.ts";
import { hislipBytes, MESSAGES, readHislip } from "../../lib/declared/transports/scpi/links/hislip.ts";
import { readRecord, xdr, XdrReader } from "../../lib/declared/transports/scpi/links/rpc.ts";
import { concat } from "../../lib/format/concat.ts";
import { ByteConnection } from "../../lib/driver/mod.ts";

/** The answer of an instrument to a line; `undefined`: none. */
export type Answer = (line: string) => string | Uint8Array | undefined;

/** A listening instrument. Its disposal closes its connections too. */
export interface MessageServer extends AsyncDisposable {
  readonly port: number;
  /** Closes all connections. */
  drop(): void;
}

/** Serves each connection to its end. */
function listen(options: Deno.TcpListenOptions, serve: (connection: ByteConnection) => Promise<void>): MessageServer {
  const listener = Deno.listen(options);
  const open = new Set<ByteConnection>();
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const socket of listener) {
      socket.setNoDelay();
      const connection = new ByteConnection(socket, { peer: "the client" });
      open.add(connection);
      const end = () => {
        connection.close();
        open.delete(connection);
      };
      serving.push(serve(connection).then(end, end));
    }
  })();
  const drop = () => open.forEach((connection) => connection.close());
  return {
    port: listener.addr.port,
    drop,
    async [Symbol.asyncDispose]() {
      listener.close();
      drop();
      await accepting;
      await Promise.all(serving);
    },
  };
}

const linesOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes).split(/\r?\n/).filter((line) => line !== "");
const bytesOf = (answer: string | Uint8Array) =>
  typeof answer === "string" ? new TextEncoder().encode(`${answer}\n`) : answer;

/** A VXI-11 instrument. With `portMapper`, it also answers at port 111 of its address. */
export function vxi11Server(answer: Answer, { hostname = "127.0.0.1", portMapper = false, maxBytes = 1024 } = {}) {
  const core = listen({ hostname, port: 0 }, (connection) => {
    let written: Uint8Array[] = [];
    let unread = new Uint8Array(0);
    return serveRpc(connection, DEVICE_CORE, (procedure, args) => {
      if (procedure === PROCEDURES.createLink) return xdr(0, 1, 0, maxBytes);
      args.number();
      if (procedure === PROCEDURES.write) {
        args.number();
        args.number();
        const isEnd = (args.number() & 8) !== 0;
        const data = args.opaque();
        written.push(data);
        if (isEnd) {
          const answers = linesOf(concat(written)).map(answer).filter((it) => it !== undefined).map(bytesOf);
          unread = Uint8Array.from(concat([unread, ...answers]));
          written = [];
        }
        return xdr(0, data.length);
      }
      if (procedure === PROCEDURES.read) {
        const size = Math.min(args.number(), 700);
        if (unread.length === 0) return xdr(15, 0, "");
        const part = unread.slice(0, size);
        unread = unread.slice(size);
        return xdr(0, unread.length === 0 ? 4 : 1, part);
      }
      if (procedure === PROCEDURES.clear) unread = new Uint8Array(0);
      return xdr(0);
    });
  });
  if (!portMapper) return core;
  const mapper = listen(
    { hostname, port: PORT_MAPPER_PORT },
    (connection) =>
      serveRpc(connection, PORT_MAPPER, (procedure, args) => {
        const isCore = procedure === PROCEDURES.getPort && args.number() === DEVICE_CORE[0];
        return xdr(isCore ? core.port : 0);
      }),
  );
  return {
    port: core.port,
    drop: core.drop,
    async [Symbol.asyncDispose]() {
      await mapper[Symbol.asyncDispose]();
      await core[Symbol.asyncDispose]();
    },
  };
}

/** Answers the calls of one program; a call of another version gets the one that there is. */
async function serveRpc(
  connection: ByteConnection,
  [, version]: readonly [number, number],
  call: (procedure: number, args: XdrReader) => Uint8Array,
): Promise<void> {
  for (;;) {
    const request = new XdrReader(await readRecord(connection));
    const [id, , , , asked, procedure] = Array.from({ length: 6 }, () => request.number());
    for (let i = 0; i < 2; i++) {
      request.number();
      request.opaque();
    }
    const head = xdr(id, 1, 0, 0, 0);
    const reply = concat(
      asked === version ? [head, xdr(0), call(procedure, request)] : [head, xdr(2, version, version)],
    );
    await connection.write(concat([xdr((0x8000_0000 | reply.length) >>> 0), reply]));
  }
}

/** A HiSLIP instrument. It sends answers in two pieces. */
export function hislipServer(answer: Answer, { hostname = "127.0.0.1" } = {}): MessageServer {
  let sessions = 0;
  return listen({ hostname, port: 0 }, async (connection) => {
    const empty = new Uint8Array(0);
    const send = (type: number, parameter: number, payload: Uint8Array = empty, control = 0) =>
      connection.write(hislipBytes({ type, control, parameter, payload }));
    let written: Uint8Array[] = [];
    for (;;) {
      const { type, parameter, payload } = await readHislip(connection);
      if (type === MESSAGES.initialize) await send(MESSAGES.initializeResponse, 0x0100_0000 | ++sessions);
      else if (type === MESSAGES.asyncInitialize) await send(MESSAGES.asyncInitializeResponse, 0);
      else if (type === ASYNC_MAX_SIZE) await send(ASYNC_MAX_SIZE + 1, 0, new Uint8Array([0, 0, 0, 0, 0, 16, 0, 0]));
      else if (type === MESSAGES.data || type === MESSAGES.dataEnd) {
        written.push(payload.slice());
        if (type === MESSAGES.data) continue;
        for (const line of linesOf(concat(written))) {
          const found = answer(line);
          if (found === undefined) continue;
          const bytes = bytesOf(found);
          await send(MESSAGES.data, parameter, bytes.subarray(0, 3));
          await send(MESSAGES.dataEnd, parameter, bytes.subarray(3));
        }
        written = [];
      }
    }
  });
}

const ASYNC_MAX_SIZE = 15;
