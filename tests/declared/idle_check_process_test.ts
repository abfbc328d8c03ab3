import { deepStrictEqual as equal, match } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { IdleCheck } from "../../lib/declared/file/idle_check.ts";
import { inConnectionScope } from "../../lib/driver/connection/connection_scope.ts";
import { fakeInstrument } from "../../lib/testing/mod.ts";
import { fakeTime } from "../support/time.ts";

Deno.test("an instrument is asked ten seconds after the last exchange, and not while one runs", async () => {
  using time = fakeTime();
  let asked = 0;
  const idle = new IdleCheck(() => Promise.resolve(asked++));
  await time.tick(9_000);
  const exchange = Promise.withResolvers<void>();
  const running = idle.during(() => exchange.promise);
  await time.tick(60_000);
  equal(asked, 0);
  exchange.resolve();
  await running;
  await time.tick(9_999);
  equal(asked, 0);
  await time.tick(1);
  equal(asked, 1);
  await time.tick(10_000);
  equal(asked, 2);
  idle.stop();
  await time.tick(60_000);
  equal(asked, 2);
});

Deno.test("one that does not answer is lost; after the end nothing is", async () => {
  using time = fakeTime();
  const idle = new IdleCheck(() => Promise.reject(new Error("no answer within 5 s")));
  await time.tick(10_000);
  equal((await idle.lost).message, "no answer within 5 s");
  idle.stop();

  const ended = new IdleCheck(async (signal) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw new Error("aborted");
  });
  await time.tick(10_000);
  ended.stop();
  await time.tick(0);
  equal(await Promise.race([ended.lost, "open"]), "open");
});

Deno.test("a supply with settings only, whose cable is pulled while nothing is asked of it, is lost within 15 s", async () => {
  let answers: string | undefined = "5.0";
  const asked = Promise.withResolvers<void>();
  await using fake = fakeInstrument({
    answers: (line) => {
      if (line === "VOLT?") asked.resolve();
      return line === "VOLT?" ? answers : undefined;
    },
  });
  const driver = await declaredDriver(
    `driver: Supply\ntransport: scpi\nsettings: { voltage: { set: "VOLT {}", ask: "VOLT?", unit: V } }\n`,
    "supply.yaml",
  );
  const device = driver.create(driver.params.parse({ host: fake.host, port: fake.port }));
  const { signal } = new AbortController();
  const lost = Promise.withResolvers<Error>();
  using time = fakeTime();
  await inConnectionScope((reason) => lost.resolve(reason), async () => await device.connect!(signal));
  answers = undefined;
  await time.tick(10_000);
  await asked.promise;
  await time.tick(5_000);
  match((await lost.promise).message, /Cannot ask "VOLT\?" of .*: no answer within 5000 ms/);
  await device.disconnect!(signal);
});
