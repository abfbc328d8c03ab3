import { deepEqual, equal } from "node:assert/strict";
import { parse } from "yaml";
import { benchLines } from "../../web/devices/bench_lines.ts";

Deno.test("the lines of a device for the bench file read back as the device", () => {
  const device = {
    device_id: "psu1",
    device_type: "Supply",
    params: { host: "10.0.0.2", "0x": "no", on: true, off: "off", limits: [1, { volts: 3.3 }], none: null },
    options: { sample_rate: 10 },
  };
  const { lines, variables } = benchLines(device);
  const { device_id: id, device_type: driver, params, options } = device;
  deepEqual(parse(`devices:\n${lines}`), { devices: [{ id, driver, params, options }] });
  deepEqual(variables, []);
});

Deno.test("a secret of a device is a reference in its lines: the page does not know it", () => {
  const params = { user: "lab", login: [{ password: "********" }] };
  const { lines, variables } = benchLines({ device_id: "cam-1", device_type: "Camera", params, options: {} });
  deepEqual(parse(lines)[0].params, { user: "lab", login: [{ password: { env: "CAM_1_LOGIN_0_PASSWORD" } }] });
  deepEqual(variables, ["CAM_1_LOGIN_0_PASSWORD"]);
  equal(lines.includes("***"), false);
});
