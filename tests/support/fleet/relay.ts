/**
 * A process that stands between benches and their hub: `relay.ts <port>` prints the port that it listens on; a line `cut` on
 * stdin breaks all connections and refuses others, `join` lets them through again.
 *
 * @module
 */
const target = Number(Deno.args[0]);
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const open = new Set<Deno.Conn>();
let isCut = false;

function close(connection: Deno.Conn): void {
  open.delete(connection);
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

async function relay(client: Deno.Conn): Promise<void> {
  open.add(client);
  try {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(server);
    if (isCut) return close(client), close(server);
    const pipe = (from: Deno.Conn, to: Deno.Conn) => from.readable.pipeTo(to.writable).catch(() => {});
    await Promise.race([pipe(client, server), pipe(server, client)]);
    close(server);
  } catch {
    // The server is away.
  } finally {
    close(client);
  }
}

async function serve(): Promise<void> {
  for await (const client of listener) {
    if (isCut) close(client);
    else void relay(client);
  }
}

void serve();
console.log(listener.addr.port);
let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  for (const line of lines) {
    isCut = line === "cut";
    if (isCut) { for (const connection of [...open]) close(connection); }
    console.log(line);
  }
}
Deno.exit(0);
