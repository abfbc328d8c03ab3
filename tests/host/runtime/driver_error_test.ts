import { deepStrictEqual as equal } from "node:assert/strict";
import { driverError } from "../../../lib/host/runtime/driver_error.ts";

Deno.test('an error of a driver has the words of its causes: "fetch failed" alone says nothing', () => {
  const socket = new Error("connect ECONNREFUSED 10.0.0.7:80");
  const error = new TypeError("fetch failed", { cause: new Error("Connection refused", { cause: socket }) });
  const { message, type } = driverError(error);
  equal([message, type], ["fetch failed: Connection refused: connect ECONNREFUSED 10.0.0.7:80", "TypeError"]);
});

Deno.test("a cause that is in the message already, or that leads back to its error, is not repeated", () => {
  const error = new Error("no cable: ENODEV", { cause: new Error("ENODEV") });
  equal(driverError(error).message, "no cable: ENODEV");
  const circle = new Error("a");
  circle.cause = circle;
  equal(driverError(circle).message, "a");
  equal(driverError(new Error("a", { cause: "b" })).message, "a: b");
});
