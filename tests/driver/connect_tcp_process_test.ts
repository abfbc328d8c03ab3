import { equal, rejects } from "node:assert/strict";
import { deadline } from "../../lib/async/mod.ts";
import { connectTcp } from "../../lib/driver/mod.ts";

/** The limit of the end of a connection, in milliseconds. One that is left open has none. */
const MAX_END_MS = 10_000;

Deno.test("a connection that is made as its signal aborts is closed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  for (let i = 0; i < 150; i++) {
    const giveUp = new AbortController();
    const connecting = connectTcp({ hostname, port, signal: giveUp.signal });
    // Both come in the same turn of the event loop, some few times.
    await new Promise((resolve) => setImmediate(resolve));
    setTimeout(() => giveUp.abort(new Error("given up")), 0);
    block(1);
    await connecting.then((connection) => connection.close(), ({ message }) => equal(message, "given up"));
  }
  using last = await Deno.connect({ hostname, port });
  for (;;) {
    using peer = await listener.accept();
    if ((peer.remoteAddr as Deno.NetAddr).port === (last.localAddr as Deno.NetAddr).port) break;
    equal(await deadline(peer.read(new Uint8Array(1)), MAX_END_MS), null);
  }
});

Deno.test("connectTcp() opens nothing once its signal has aborted", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const signal = AbortSignal.abort(new Error("given up"));
  await rejects(connectTcp({ hostname, port, signal }), { message: "given up" });
  using other = await Deno.connect({ hostname, port });
  using accepted = await listener.accept();
  equal((accepted.remoteAddr as Deno.NetAddr).port, (other.localAddr as Deno.NetAddr).port);
});

/** Blocks the event loop, as a busy machine does. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
