/** Stands between a client and a server, and forwards nothing while the test says so: the network is cut, and neither end learns of it. */
export interface StallingProxy extends AsyncDisposable {
  readonly url: string;
  /** Keeps what comes, of open connections and of new ones. */
  stall(): void;
  /** Forwards what has come meanwhile, and goes on. */
  resume(): void;
}

/** A line from a free port of this machine to another port of it. */
export function stallingProxy(port: number): StallingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const close = (end: Deno.Conn) => {
    open.delete(end);
    try {
      end.close();
    } catch {
      // It is closed already.
    }
  };
  const forward = async (from: Deno.Conn, to: Deno.Conn) => {
    try {
      for await (const bytes of from.readable) {
        await gate.promise;
        for (let rest = bytes; rest.length;) rest = rest.subarray(await to.write(rest));
      }
      await gate.promise;
    } catch {
      // One end is gone, and so is the other one then.
    }
    close(from);
    close(to);
  };
  const serve = async () => {
    const lines: Promise<void>[] = [];
    for await (const client of listener) {
      open.add(client);
      const server = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
      if (!server) {
        close(client);
        continue;
      }
      open.add(server);
      lines.push(forward(client, server), forward(server, client));
    }
    await Promise.all(lines);
  };
  const over = serve();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    stall: () => gate = Promise.withResolvers<void>(),
    resume: () => gate.resolve(),
    async [Symbol.asyncDispose]() {
      gate.resolve();
      listener.close();
      for (const end of [...open]) close(end);
      await over;
    },
  };
}
