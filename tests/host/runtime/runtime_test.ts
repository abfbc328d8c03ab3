import { deepStrictEqual as equal } from "node:assert/strict";
import { IGNORE_EVENTS } from "../../../lib/host/host.ts";
import { InlineHost } from "../../../lib/host/runtime/inline_host.ts";
import { defineDriver, type LabError } from "../../../lib/mod.ts";
import { fakeTime } from "../../support/time.ts";

const IDENTITY = { device_id: "daq1", epoch: "e1", next_sequence: 0, params: {} };

/** A host of a device whose `disconnect` is `disconnect`. */
async function hostOf(disconnect: (signal: AbortSignal) => Promise<void>): Promise<InlineHost> {
  const driver = defineDriver({ name: "Daq", create: () => ({ disconnect }) });
  const host = new InlineHost(driver, IGNORE_EVENTS);
  await host.request("load", { file: "" }, { attempt: "load" });
  await host.request("create", IDENTITY, { attempt: "create" });
  return host;
}

Deno.test("disconnect() gets a signal that aborts at the stop limit", async () => {
  using time = fakeTime();
  let signal!: AbortSignal;
  const closed = Promise.withResolvers<void>();
  const host = await hostOf((it) => (signal = it, closed.promise));
  const disconnecting = host.request("disconnect", { limit: 2_000 }, { attempt: "disconnect" });
  await time.tick(1_999);
  equal(signal.aborted, false);
  await time.tick(1);
  equal(signal.aborted, true);
  closed.resolve();
  await disconnecting;
  await host.close();
});

Deno.test("disconnect() gets a signal that aborts when the answer is no longer awaited", async () => {
  let signal!: AbortSignal;
  const called = Promise.withResolvers<void>();
  const host = await hostOf((it) => {
    signal = it;
    called.resolve();
    return new Promise((resolve) => it.addEventListener("abort", () => resolve()));
  });
  const leaving = new AbortController();
  const options = { attempt: "disconnect", signal: leaving.signal };
  const disconnecting = host.request("disconnect", { limit: 2_000 }, options).catch(() => {});
  await called.promise;
  equal(signal.aborted, false);
  leaving.abort();
  await disconnecting;
  equal(signal.aborted, true);
  await host.close();
});

Deno.test("a connect that ends after its disconnect is closed: disconnect() is called again", async () => {
  const begun = Promise.withResolvers<void>();
  const opening = Promise.withResolvers<void>();
  const closedAgain = Promise.withResolvers<void>();
  const calls: string[] = [];
  const driver = defineDriver({
    name: "Daq",
    create: () => ({
      // It ignores its signal.
      async connect() {
        begun.resolve();
        await opening.promise;
        calls.push("opened");
      },
      disconnect() {
        if (calls.push("closed") === 3) closedAgain.resolve();
      },
    }),
  });
  const host = new InlineHost(driver, IGNORE_EVENTS);
  await host.request("load", { file: "" }, { attempt: "load" });
  await host.request("create", IDENTITY, { attempt: "create" });
  const connecting = host.request("connect", {}, { attempt: "connect" }).catch(() => "failed");
  await begun.promise;
  // The limit is short: the disconnect waits half of it for the connect.
  await host.request("disconnect", { limit: 20 }, { attempt: "disconnect" });
  await host.close();
  equal(await connecting, "failed");
  equal(calls, ["closed"]);
  opening.resolve();
  await closedAgain.promise;
  equal(calls, ["closed", "opened", "closed"]);
});

Deno.test("a bad sample that is pushed before the start has ended ends the run with its error, and not the process", async () => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<LabError | null>();
  const calls: string[] = [];
  const driver = defineDriver({
    name: "Daq",
    create: () => ({
      async startStreaming(callback: (sample: unknown) => void) {
        callback(() => {});
        await begun.promise;
      },
      stopStreaming: () => void calls.push("stop"),
      isStreaming: () => true,
    }),
  });
  const host = new InlineHost(driver, { ...IGNORE_EVENTS, ended: ended.resolve });
  await host.request("load", { file: "" }, { attempt: "load" });
  await host.request("create", IDENTITY, { attempt: "create" });
  await host.request("connect", {}, { attempt: "connect" });
  const starting = host.request("start", { options: {} }, { attempt: "start" });
  // An error without a handler is reported by then.
  await new Promise((resolve) => setImmediate(resolve));
  begun.resolve();
  await starting;
  equal([(await ended.promise)?.type, calls], ["NotSerializable", ["stop"]]);
  await host.close();
});
