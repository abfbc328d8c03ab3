/** Stands between a client and a server, and cuts the line when the test says so. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string;
  /** The number of connections so far. */
  readonly connections: number;
  /** Breaks every connection that is open now. */
  cut(): void;
}

/** A line from a free port of this machine to another port of it. */
export function tcpProxy(port: number): TcpProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let connections = 0;
  const pipe = async (from: Deno.Conn, to: Deno.Conn) => {
    await from.readable.pipeTo(to.writable).catch(() => {});
    for (const end of [from, to]) close(end);
  };
  const close = (end: Deno.Conn) => {
    open.delete(end);
    try {
      end.close();
    } catch {
      // It is closed already.
    }
  };
  const serve = async () => {
    const lines: Promise<void>[] = [];
    for await (const client of listener) {
      connections++;
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      open.add(client).add(server);
      lines.push(pipe(client, server), pipe(server, client));
    }
    await Promise.all(lines);
  };
  const over = serve();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    get connections() {
      return connections;
    },
    cut: () => {
      for (const end of [...open]) close(end);
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const end of [...open]) close(end);
      await over;
    },
  };
}
