import { deepStrictEqual as equal } from "node:assert/strict";
import { packError, unpackError } from "../../lib/host/wire_error.ts";
import { LabError } from "../../lib/mod.ts";

Deno.test("unpackError() returns the packed error, without its cause and its stack", () => {
  const error = new LabError("DriverError", "no cable", {
    type: "NoCable",
    context: { port: 3 },
    cause: new Error("x"),
  });
  const unpacked = unpackError(JSON.parse(JSON.stringify(packError(error))));
  const facts = ({ code, type, origin, message, context, cause }: LabError) => [
    code,
    type,
    origin,
    message,
    context,
    cause,
  ];
  equal(facts(unpacked), ["DriverError", "NoCable", "device", "no cable", { port: 3 }, undefined]);
});
