import assert from "node:assert/strict";
import { assertConforms, checkDriver, fakeInstrument } from "labdaemon/testing";
import driver from "./power_meter.ts";

const answers = { "*IDN?": "ACME,Meter,7,1.0", "POW?": "1.5e-3", "WAV?": "633" };

Deno.test("PowerMeter keeps the driver contract, also when its instrument is lost", async () => {
  await using instrument = fakeInstrument({ answers });
  const { host, port } = instrument;
  const file = new URL("./power_meter.ts", import.meta.url);
  assertConforms(await checkDriver(file, { params: { host, port }, options: { sample_rate: 20 }, instrument }));
});

Deno.test("PowerMeter reads watts, and throws for an answer that is not a number", async () => {
  await using instrument = fakeInstrument({ answers });
  const { host, port } = instrument;
  const meter = driver.create(driver.params.parse({ host, port }));
  const { signal } = new AbortController();
  await meter.connect!(signal);
  const samples = meter.stream!(signal, { sample_rate: 50 })[Symbol.asyncIterator]();
  assert.equal((await samples.next()).value, 0.0015);
  instrument.garble = (answer) => answer.replace("e", "§");
  await assert.rejects(samples.next(), /expected a number, found "1\.5§-3"/);
  await meter.disconnect!(signal);
});
