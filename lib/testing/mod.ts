/**
 * For those who write drivers: the conformance suite, fake instruments, and new drivers to begin with. See
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
} from "./fake_instrument.ts";
export { type DriverKind, KINDS, newDriver, type NewDriverOptions } from "./new_driver.ts";
export { report } from "./report.ts";
export type { Rule, RuleResult } from "./rule.ts";
export type { Instrument, Patience } from "./trial.ts";
