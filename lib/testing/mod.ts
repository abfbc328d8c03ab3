/**
 * For authors of drivers: the conformance suite, a fake instrument, and templates for new drivers. See
 * `docs/writing-drivers.md`.
 *
 * @module
 */
export { assertConforms, checkDriver, type CheckDriverOptions, RULES } from "./check_driver.ts";
export {
  type Answer,
  type Answers,
  FakeInstrument,
  fakeInstrument,
  type FakeInstrumentOptions,
} from "./fakes/fake_instrument.ts";
export {
  FakeModbus,
  fakeModbus,
  type FakeModbusOptions,
  type ModbusRequest,
  type ModbusUnit,
} from "./fakes/fake_modbus.ts";
export { FakeSerialPort, fakeSerialPort } from "./fakes/fake_serial_port.ts";
export { FakeServer } from "./fakes/fake_server.ts";
export { fakeFromYaml, type FakeValue, yamlDriver, type YamlFake } from "./fakes/mod.ts";
export { type DriverKind, KINDS, LANGUAGES, newDriver, type NewDriverOptions } from "./new_driver.ts";
export { report } from "./report.ts";
export type { CheckLimits, Instrument } from "./conformance/driver_under_test.ts";
export type { Rule, RuleResult } from "./conformance/rule.ts";
