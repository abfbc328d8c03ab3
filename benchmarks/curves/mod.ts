import type { CurveRun } from "../curve.ts";
import { byDevices } from "./by_devices.ts";
import { byPayload } from "./by_payload.ts";
import { byRate } from "./by_rate.ts";
import { byReaders } from "./by_readers.ts";
import { idleReaders } from "./idle_readers.ts";

/** All curves, in their order. */
export const CURVES: CurveRun[] = [byReaders, byDevices, byPayload, byRate, idleReaders];
