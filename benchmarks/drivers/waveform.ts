import { defineDriver } from "labdaemon/driver";
import { options, params, waveforms } from "./_waveforms.ts";

/** Waveforms that travel as base64. */
export default defineDriver({
  name: "Waveform",
  summary: "Benchmark: waveforms of float64, as base64",
  params,
  options,
  arrays: "base64",
  create: waveforms,
});
