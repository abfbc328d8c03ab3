import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { LabError, share } from "../../lib/driver/mod.ts";
import { inConnectionScope } from "../../lib/driver/connection/connection_scope.ts";
import { fakeTime } from "../support/time.ts";

const NEVER = new AbortController().signal;

let keys = 0;

/** A connection that the test opens, breaks and closes, and devices that share it. */
function bench(options: { pauseMs?: number } = {}) {
  const key = `test:${++keys}`;
  const it = {
    opened: 0,
    closed: 0,
    lose: (_reason: Error) => {},
    refusal: undefined as Error | undefined,
    opening: undefined as Promise<void> | undefined,
    device: () =>
      share(
        key,
        async () => {
          await it.opening;
          if (it.refusal) throw it.refusal;
          const { promise: lost, resolve } = Promise.withResolvers<Error>();
          it.lose = resolve;
          return { number: ++it.opened, lost };
        },
        () => void it.closed++,
        options,
      ),
  };
  return it;
}

Deno.test("the first device opens the connection, and the last one closes it", async () => {
  const it = bench();
  const [one, two] = [it.device(), it.device()];
  await Promise.all([one.connect(NEVER), two.connect(NEVER)]);
  equal(it.opened, 1);
  await one.disconnect();
  await one.disconnect();
  equal(it.closed, 0);
  equal(await two.use(({ number }) => number), 1);
  await two.disconnect();
  equal(it.closed, 1);
  await one.connect(NEVER);
  equal(it.opened, 2);
  await one.disconnect();
  equal(it.closed, 2);
});

Deno.test("devices take turns in the order in which they ask, one at a time", async () => {
  const it = bench();
  const devices = [it.device(), it.device(), it.device()];
  const order: number[] = [];
  let inside = 0;
  const turn = (i: number) =>
    devices[i].use(async () => {
      equal(++inside, 1);
      await Promise.resolve();
      order.push(i);
      inside--;
    });
  await Promise.all([turn(0), turn(1), turn(2), turn(0), turn(2), turn(1)]);
  equal(order, [0, 1, 2, 0, 2, 1]);
  await Promise.all(devices.map((device) => device.disconnect()));
});

Deno.test("a silent unit is that unit's failure: the connection stays, and the others go on", async () => {
  const it = bench();
  const [silent, other] = [it.device(), it.device()];
  const results = await Promise.allSettled([
    silent.use(() => Promise.reject(new Error("no answer"))),
    other.use(({ number }) => number),
  ]);
  equal(results.map(({ status }) => status), ["rejected", "fulfilled"]);
  equal([it.opened, it.closed], [1, 0]);
  await Promise.all([silent.disconnect(), other.disconnect()]);
});

Deno.test("work that loses the connection is that device's failure, and the next turn opens it again", async () => {
  const it = bench();
  const [one, two] = [it.device(), it.device()];
  await one.connect(NEVER);
  const lost = one.use(() => {
    it.lose(new Error("reset"));
    throw new Error("reset");
  });
  const next = two.use(({ number }) => number);
  await rejects(lost, /reset/);
  equal(await next, 2);
  equal([it.opened, it.closed], [2, 1]);
  await Promise.all([one.disconnect(), two.disconnect()]);
});

Deno.test("a connection that is lost while it is idle ends the connections of all its devices", async () => {
  const it = bench();
  const [one, two, left] = [it.device(), it.device(), it.device()];
  const losses: string[] = [];
  const connect = (name: string, device: ReturnType<typeof it.device>) =>
    inConnectionScope((reason) => void losses.push(`${name}: ${reason.message}`), () => device.connect(NEVER));
  await Promise.all([connect("one", one), connect("two", two), connect("left", left)]);
  await left.disconnect();
  it.lose(new Error("the cable is out"));
  await new Promise((resolve) => setImmediate(resolve));
  equal(losses, ["one: the cable is out", "two: the cable is out"]);
  equal([it.opened, it.closed], [1, 1]);
  await Promise.all([one.disconnect(), two.disconnect()]);
  await connect("one", one);
  equal(await one.use(({ number }) => number), 2);
  await one.disconnect();
});

Deno.test("a connection that cannot be opened again is lost for all, also for those that do not use it", async () => {
  const it = bench();
  const [one, idle] = [it.device(), it.device()];
  const losses: string[] = [];
  await one.connect(NEVER);
  await inConnectionScope((reason) => void losses.push(reason.message), () => idle.connect(NEVER));
  await rejects(one.use(() => {
    it.lose(new Error("no answer"));
    throw new Error("no answer");
  }));
  equal(losses, []);
  it.refusal = new Error("refused");
  await rejects(one.use(() => {}), /refused/);
  equal(losses, ["refused"]);
  await Promise.all([one.disconnect(), idle.disconnect()]);
});

Deno.test("a refused connection is the failure of all that wait for it, each with an error of its own", async () => {
  const it = bench();
  it.refusal = new LabError("DriverError", "refused");
  const devices = [it.device(), it.device(), it.device()];
  const results = await Promise.allSettled(devices.map((device) => device.connect(NEVER)));
  const errors = results.map((result) => (result as PromiseRejectedResult).reason as LabError);
  equal(errors.map(({ message }) => message), ["refused", "refused", "refused"]);
  equal(new Set(errors.map(({ context }) => context)).size, 3);
  it.refusal = undefined;
  await devices[1].connect(NEVER);
  equal(it.opened, 1);
  await Promise.all(devices.map((device) => device.disconnect()));
});

Deno.test("a device that is disconnected while another opens does not end the other's attempt", async () => {
  const it = bench();
  const { promise, resolve } = Promise.withResolvers<void>();
  it.opening = promise;
  const [one, two] = [it.device(), it.device()];
  const connecting = one.connect(NEVER);
  const waiting = two.connect(NEVER);
  const left = two.disconnect();
  await rejects(waiting, /no longer uses/);
  resolve();
  await connecting;
  await left;
  equal(await one.use(({ number }) => number), 1);
  await one.disconnect();
});

Deno.test("work that goes on after its signal loses the connection, and the others continue with a new one", async () => {
  using time = fakeTime();
  const it = bench();
  const [stuck, other] = [it.device(), it.device()];
  const end = new AbortController();
  const hanging = rejects(stuck.use(() => new Promise(() => {}), end.signal), /too late/);
  const next = other.use(({ number }) => number);
  await time.tick(0);
  end.abort(new Error("too late"));
  await time.tick(999);
  equal(it.closed, 0);
  await time.tick(1);
  equal(it.closed, 1);
  // The peer has some time to notice the end of the first connection.
  await time.tick(200);
  await hanging;
  equal(await next, 2);
  await Promise.all([stuck.disconnect(), other.disconnect()]);
});

Deno.test("the connection rests between two turns for as long as the bus needs", async () => {
  using time = fakeTime();
  const it = bench({ pauseMs: 5 });
  const [one, two] = [it.device(), it.device()];
  const turns: string[] = [];
  const both = Promise.all([one.use(() => turns.push("one")), two.use(() => turns.push("two"))]);
  await time.tick(4);
  equal(turns, ["one"]);
  await time.tick(6);
  await both;
  equal(turns, ["one", "two"]);
  const ends = Promise.all([one.disconnect(), two.disconnect()]);
  await time.tick(5);
  await ends;
  ok(it.closed === 1);
});
