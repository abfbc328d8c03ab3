import { deepStrictEqual as equal, match, throws } from "node:assert/strict";
import { Listener, type Server } from "../../../lib/cli/serve/listening/listener.ts";
import { fakeTime } from "../../support/time.ts";

/** Servers that the test ends. */
function servers() {
  const opened: number[] = [];
  const refusals: Error[] = [];
  let end = (_error?: Error) => {};
  const open = (port: number): Server => {
    opened.push(port);
    const refusal = refusals.shift();
    if (refusal) throw refusal;
    const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
    end = (error) => error ? reject(error) : resolve();
    return {
      addr: { hostname: "127.0.0.1", port: port || 4711 },
      finished,
      shutdown: () => Promise.resolve(resolve()),
    };
  };
  return { opened, refusals, open, end: (error?: Error) => end(error) };
}

const EMFILE = new Error("Too many open files (os error 24)");

Deno.test("a listener that ended is opened again at the same port after half a second", async () => {
  using time = fakeTime();
  const { opened, open, end } = servers();
  const listener = new Listener(open);
  equal([listener.addr.port, opened], [4711, [0]]);
  for (const times of [1, 2]) {
    await time.tick(10_000);
    end(EMFILE);
    await time.tick(499);
    equal(opened.length, times);
    await time.tick(1);
    equal(opened.slice(1), Array(times).fill(4711));
  }
  await listener.shutdown();
  await time.tick(10_000);
  equal(opened.length, 3);
});

Deno.test("an address that cannot be listened at for a minute fails the daemon", async () => {
  for (const lasts of [false, true]) {
    using time = fakeTime();
    const { opened, refusals, open, end } = servers();
    const listener = new Listener(open);
    let failure: Error | undefined;
    listener.failed.catch((error) => failure = error);
    await time.tick(10_000);
    if (!lasts) refusals.push(...Array.from({ length: 1_000 }, () => EMFILE));
    end(EMFILE);
    for (let second = 0; second < 59; second++) {
      await time.tick(1_000);
      end(EMFILE);
    }
    equal(failure, undefined);
    for (let second = 0; second < 3; second++) {
      await time.tick(1_000);
      end(EMFILE);
    }
    match(failure!.message, /^Cannot listen on 127.0.0.1:4711 for 60 s/);
    const { length } = opened;
    await time.tick(10_000);
    equal(opened.length, length);
  }
});

Deno.test("a listener that lasts counts as reachable: only a minute without one fails", async () => {
  using time = fakeTime();
  const { open, end } = servers();
  const listener = new Listener(open);
  let failure: Error | undefined;
  listener.failed.catch((error) => failure = error);
  for (let i = 0; i < 30; i++) {
    await time.tick(6_000);
    end(EMFILE);
  }
  await time.tick(1_000);
  equal(failure, undefined);
  await listener.shutdown();
});

Deno.test("the first refusal is thrown", () => {
  const { refusals, open } = servers();
  refusals.push(new Error("in use"));
  throws(() => new Listener(open), /in use/);
});

Deno.test("a renewed listener listens again at once at the same port, and the old one ends with its last connection", async () => {
  using time = fakeTime();
  const opened: number[] = [];
  const ended: (() => void)[] = [];
  const open = (port: number): Server => {
    opened.push(port);
    const { promise: finished, resolve } = Promise.withResolvers<void>();
    ended.push(resolve);
    // It ends when the test says that its connections have ended.
    return { addr: { hostname: "127.0.0.1", port: 4711 }, finished, shutdown: () => finished };
  };
  const listener = new Listener(open);
  listener.renew();
  await time.tick(10);
  equal(opened, [0, 4711]);
  listener.renew();
  await time.tick(10);
  equal(opened, [0, 4711, 4711]);
  // The end of the old ones is not the end of the listener.
  ended[0]();
  await time.tick(10_000);
  equal(opened.length, 3);
  let isDown = false;
  const down = listener.shutdown().then(() => isDown = true);
  ended[2]();
  await time.tick(10);
  equal(isDown, false);
  ended[1]();
  await down;
  equal(opened.length, 3);
});
