import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";

const KEITHLEY = "pymeasure:pymeasure.instruments.keithley.Keithley2400";
const DUMMY = "qcodes:qcodes.instrument_drivers.mock_instruments.DummyInstrument";

function devicesOf(text: string) {
  return parseBench(text, "/lab/bench.yaml").devices.map(({ id, driver, params, options, ownDriver }) => {
    const settings = ownDriver && JSON.parse(decodeURIComponent(ownDriver.file.search.slice(1)) || "{}");
    return {
      id,
      driver,
      params,
      options,
      file: ownDriver && `${ownDriver.file.protocol}${ownDriver.file.pathname}`,
      settings,
    };
  });
}

Deno.test("a class of a library is the driver of a device, and `sample` and `sample_rate` make its stream", () => {
  const [smu] = devicesOf(`
devices:
  - id: smu1
    driver: ${KEITHLEY}
    params: { adapter: GPIB0::24::INSTR }
    sample: [voltage, current]
    sample_rate: 2
`);
  equal(smu, {
    id: "smu1",
    driver: "Keithley2400",
    params: { adapter: "GPIB0::24::INSTR", sample: ["voltage", "current"] },
    options: { sample_rate: 2 },
    file: KEITHLEY,
    settings: {},
  });
});

Deno.test("devices of one class have one driver; of QCoDeS, those with other params have another", () => {
  const devices = devicesOf(`
devices:
  - { id: smu1, driver: "${KEITHLEY}" }
  - { id: smu2, driver: "${KEITHLEY}", params: { adapter: a } }
  - { id: dac-1, driver: "${DUMMY}", params: { gates: [a], key: { env: HOME } } }
  - { id: dac-2, driver: "${DUMMY}", params: { gates: [b] } }
  - { id: dac-3, driver: "${DUMMY}", params: { gates: [b] } }
`);
  equal(devices.map(({ id, driver, settings }) => [id, driver, settings]), [
    ["smu1", "Keithley2400", {}],
    ["smu2", "Keithley2400", {}],
    // A secret is not passed with the name of the class.
    ["dac-1", "DummyInstrument", { params: { gates: ["a"] } }],
    ["dac-2", "Dac2", { name: "Dac2", params: { gates: ["b"] } }],
    ["dac-3", "Dac2", { name: "Dac2", params: { gates: ["b"] } }],
  ]);
});

Deno.test("`sample` is no key of a device with another driver", () => {
  throws(
    () => parseBench("devices: [{ id: a, driver: Dice, sample: [x] }]", "/lab/bench.yaml"),
    /bench\.yaml:1:34: key devices\[0\]\.sample: expected/,
  );
});
