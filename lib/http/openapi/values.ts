/** The small values that answers, events and bodies share. */
import { z } from "zod";

export const time = z.string().meta({
  format: "date-time",
  description: "RFC 3339, UTC, with microseconds",
  examples: ["2026-11-22T06:25:52.123456Z"],
});

export const deviceId = z.string().meta({ description: "The device's name", examples: ["daq1"] });

export const deviceType = z.string().meta({ description: "The name of its driver", examples: ["StreamingDAQ"] });

export const object = z.record(z.string(), z.unknown());

export const count = z.int().nonnegative();

export const epoch = z.string().meta({
  description: "One life of the daemon: numbers of different epochs never mix",
  examples: ["k3f9"],
});
