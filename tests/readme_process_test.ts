import assert from "node:assert/strict";
import { parseBench } from "../lib/bench/load_bench.ts";
import { LabDaemon } from "../lib/daemon.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));

/** The code block that holds `text`. */
function blockWith(text: string): string {
  const blocks = readme.matchAll(/^```\w*[^\n]*\n(.*?)^```$/gms);
  const found = blocks.map(([, code]) => code).find((code) => code.includes(text));
  assert.ok(found, `README.md has no block with ${text}`);
  return found;
}

Deno.test("README.md: the first driver loads, streams and heats", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/noisy_thermometer.ts`, blockWith('name: "NoisyThermometer"'));
    const bench = parseBench(blockWith("- id: thermo1"), `${folder}/bench.yaml`);
    await using daemon = new LabDaemon();
    await daemon.loadDrivers(folder);
    const { id, driver, params } = bench.devices[0];
    const thermo = await daemon.addDevice(id, driver, params);
    await thermo.connect();
    const { method, kwargs } = JSON.parse(/-d '(.*)'/.exec(blockWith("/devices/thermo1/call"))![1]);

    await thermo.call(method, [], kwargs);

    for await (const event of thermo.events()) {
      if (event.event !== "device_data") continue;
      const { payload } = event;
      assert.ok(
        Number(payload) >= 31 && Number(payload) < 32,
        `21 °C, 10 K of heat and at most 1 of noise: ${payload}`,
      );
      break;
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("README.md: the map names existing paths only", async () => {
  const top = blockWith("main.ts         deno task serve").matchAll(/^(\S+?)\/?\s{2,}/gm).map(([, path]) => path);
  for (const path of top) await Deno.stat(new URL(`../${path}`, import.meta.url));
});
