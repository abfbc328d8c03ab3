import { defineDriver } from "labdaemon/driver";
import { options, params, waveforms } from "./_waveforms.ts";

/** Waveforms that travel as JSON numbers. */
export default defineDriver({
  name: "WaveformJson",
  summary: "Benchmark: waveforms of float64, as JSON numbers",
  params,
  options,
  create: waveforms,
});
