/**
 * The keys that all driver files have, and how much a file may have.
 *
 * @module
 */
import { z } from "zod";
import { DRIVER_NAME } from "../../driver/define_driver.ts";
import { TRANSPORTS } from "../transports/mod.ts";

/** The limit of values of one file, and of settings. */
export const MAX_NAMED = 500;

/** Entries of `safe`, and of one action. */
export const MAX_COMMANDS = 100;

const mapping = z.record(z.string(), z.unknown(), { error: "a mapping" });
const text = z.string({ error: "a text" });

/** The keys that files of all transports have. The details of each are checked one by one. */
export const fileKeys = {
  driver: text.regex(DRIVER_NAME, "a name that starts with a letter and holds letters, digits and _ only").meta({
    description: "The device type, which bench files and requests use",
  }),
  transport: z.enum(Object.keys(TRANSPORTS) as [string, ...string[]], {
    error: `one of ${Object.keys(TRANSPORTS).join(", ")}`,
  }).meta({ description: "How the instrument is reached; it decides the keys of an address" }),
  summary: text.default("").meta({ description: "One line, for people" }),
  params: mapping.default({}).meta({ description: "Defaults for the params of devices, such as `{ port: 5025 }`" }),
  sample_rate: z.number({ error: "a number" }).positive("a number above 0").max(1_000, "at most 1000").default(1).meta({
    description: "The default of the option `sample_rate`, where the daemon asks for the values",
    unit: "Hz",
  }),
  values: mapping.default({}).meta({ description: "The channels of a sample: name, address and meaning" }),
  settings: mapping.default({}).meta({ description: "The properties of the device: name, address and meaning" }),
  actions: mapping.default({}).meta({
    description: "The methods of the device: for each name one entry as of `safe`, or a list of them",
  }),
  safe: z.array(z.unknown(), { error: "a list" }).max(MAX_COMMANDS, `at most ${MAX_COMMANDS} entries`)
    .default([]).meta({
      description: "What brings the instrument into a state in which it may be left alone, in order",
    }),
};
