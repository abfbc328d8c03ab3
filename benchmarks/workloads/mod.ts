import type { Workload } from "../workload.ts";
import { fastFanOut, slowFanOut } from "./fan_out.ts";
import { latency } from "./latency.ts";
import { manyDevices } from "./many_devices.ts";
import { oneReader } from "./one_reader.ts";
import { overload } from "./overload.ts";
import { pacing } from "./pacing.ts";
import { rest } from "./rest.ts";
import { stalledReaders } from "./stalled_readers.ts";
import { waveforms } from "./waveforms.ts";

/** All workloads with a target, in their order. */
export const WORKLOADS: Workload[] = [
  fastFanOut,
  slowFanOut,
  oneReader,
  manyDevices,
  latency,
  stalledReaders,
  waveforms,
  rest,
  overload,
  pacing,
];
