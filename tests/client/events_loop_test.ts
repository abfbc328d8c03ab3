import assert from "node:assert/strict";
import { sample } from "./scripted_daemon.ts";
import { bench, nextTurn } from "./client_bench.ts";

Deno.test("leaving the loop over events() closes the connection", async () => {
  const { client, daemon } = bench();
  const serving = daemon.next().then((request) => (request.stream().send(sample(0) + sample(1)), request));

  for await (const { sequence } of client.events("daq1")) {
    assert.equal(sequence, 0);
    break;
  }

  assert.equal((await serving).signal.aborted, true);
});

Deno.test("the loop over events() ends without an error when its signal aborts", async () => {
  const { client, daemon } = bench();
  const stop = new AbortController();
  const seen: unknown[] = [];
  daemon.next().then((request) => request.stream().send(sample(0)));

  for await (const { sequence } of client.events("daq1", { signal: stop.signal })) {
    seen.push(sequence);
    nextTurn().then(() => stop.abort());
  }
  for await (const { sequence } of client.events("daq1", { signal: stop.signal })) seen.push(sequence);

  assert.deepEqual(seen, [0]);
  assert.equal(daemon.requests.length, 1);
});
