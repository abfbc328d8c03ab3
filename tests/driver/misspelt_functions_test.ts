import { deepEqual } from "node:assert/strict";
import { misspeltFunctions } from "../../lib/driver/misspelt_functions.ts";

const found = (device: object) => misspeltFunctions(device).map(({ found, meant }) => `${found} → ${meant}`);

Deno.test("misspeltFunctions() finds functions that differ from the contract's in a letter or in case", () => {
  const run = () => {};
  deepEqual(found({ conect: run, disconnectt: run, strema: run, start_streaming: run, Read: run }), [
    "conect → connect",
    "disconnectt → disconnect",
    "strema → stream",
    "start_streaming → startStreaming",
    "Read → read",
  ]);
  class Daq {
    isstreaming() {}
  }
  deepEqual(found(new Daq()), ["isstreaming → isStreaming"]);
});

Deno.test("misspeltFunctions() leaves a device its own functions", () => {
  const run = () => {};
  deepEqual(found({ load: run, reads: run, reconnect: run, streams: true, setHigh: run, connected: run }), []);
  // Where the right one is there, the other is the device's own.
  deepEqual(found({ stream: run, streams: run }), []);
});
