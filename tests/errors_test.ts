import assert from "node:assert/strict";
import { asLabError, LabError, messageOf } from "../lib/errors.ts";
import { fakeTime } from "./support/time.ts";

Deno.test("LabError travels under its code, from the framework, with no context", () => {
  using _time = fakeTime(new Date("2026-11-22T06:25:52.123Z"));
  const error = new LabError("DeviceNotFound", 'Cannot find device "daq9"');
  assert.deepEqual(error.toJSON(), {
    type: "DeviceNotFound",
    message: 'Cannot find device "daq9"',
    origin: "framework",
    timestamp: "2026-11-22T06:25:52.123000Z",
    context: {},
  });
  assert.equal(error.name, "LabError");
  assert.equal(error.code, "DeviceNotFound");
  assert.ok(error instanceof Error);
});

Deno.test("LabError of a driver comes from the device, under the driver's own name where it has one", () => {
  assert.deepEqual(pick(new LabError("DriverError", "no answer")), ["DeviceError", "device"]);
  assert.deepEqual(pick(new LabError("DriverError", "no answer", { type: "VisaTimeout" })), ["VisaTimeout", "device"]);
  assert.deepEqual(pick(new LabError("DriverError", "no answer", { origin: "callback" })), ["DeviceError", "callback"]);
});

function pick({ type, origin }: LabError) {
  return [type, origin];
}

Deno.test("LabError sends neither its stack nor its cause", () => {
  const cause = new Error("the secret detail");
  const error = new LabError("InternalError", "a defect", { cause, context: { device_id: "daq1" } });
  const text = JSON.stringify({ error });
  assert.ok(!text.includes("secret") && !text.includes("errors_test"), text);
  assert.deepEqual(JSON.parse(text).error.context, { device_id: "daq1" });
  assert.equal(error.cause, cause);
});

Deno.test("messageOf() reads any thrown value", () => {
  const thrown = [new TypeError("bad type"), "a text", 42, undefined, null, { code: 7 }];
  assert.deepEqual(thrown.map(messageOf), ["bad type", "a text", "42", "undefined", "null", "[object Object]"]);
});

Deno.test("messageOf() reads values that cannot become texts", () => {
  assert.equal(messageOf(Object.create(null)), "[object Object]");
  assert.equal(messageOf(Symbol("overheated")), "Symbol(overheated)");
});

Deno.test("asLabError() leaves a LabError as it is, and wraps anything else with its cause", () => {
  const error = new LabError("NoError", "none");
  assert.equal(asLabError(error, "InternalError"), error);

  const thrown = new RangeError("too far");
  const wrapped = asLabError(thrown, "DriverError", { context: { device_id: "daq1" } });
  assert.equal(wrapped.code, "DriverError");
  assert.equal(wrapped.message, "too far");
  assert.equal(wrapped.cause, thrown);
  assert.deepEqual(wrapped.context, { device_id: "daq1" });
});
