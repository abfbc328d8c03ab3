/**
 * The keys of SCPI drivers.
 *
 * @module
 */
import { z } from "zod";
import { section } from "../../../yaml/section.ts";
import { refineTemplate, TEMPLATE_FORM } from "../../format_spec.ts";
import { hasOneAddress, line, lineParams, ONE_ADDRESS } from "../../line_link.ts";
import { patternSchema } from "../../pattern.ts";
import { partKeys } from "../../text_address.ts";
import { BLOCK_TYPES } from "./block_numbers.ts";

/** A command with a place for the value. */
const template = line.superRefine(refineTemplate);

const question = line.meta({
  description: "The question, such as `MEAS:VOLT?`. Values with the same question share its answer",
});

/** The params of a device. */
export const scpiParams = z.strictObject({
  ...lineParams,
  port: lineParams.port.unwrap().optional().meta({
    description:
      "The TCP port: by default 5025, of HiSLIP 4880; without it, VXI-11 asks the port mapper of the instrument",
  }),
  link: z.enum(["lines", "vxi11", "hislip"]).default("lines").meta({
    description: "What carries the questions: lines over TCP or a serial port, VXI-11, or HiSLIP",
  }),
  device: z.string({ error: "a text" }).optional().meta({
    description: "The name of the device behind VXI-11 (inst0) or HiSLIP (hislip0)",
  }),
}).refine(hasOneAddress, ONE_ADDRESS).refine(
  ({ link, serial }) => link === "lines" || serial === undefined,
  { message: "lines, since a serial port carries nothing else", path: ["link"] },
);

/** The keys of a SCPI file. */
export const scpiKeys = z.strictObject({
  identify: section({
    ask: line.default("*IDN?").meta({ description: "The question" }),
    expect: patternSchema.meta({ description: "A regular expression that its answer matches" }),
  }).optional().meta({ description: "Asked at connect: an instrument that answers otherwise is not used" }),
  errors: section({
    ask: line.default("SYST:ERR?").meta({ description: "The question that takes the oldest error off the queue" }),
    ok: patternSchema.default("^[+]?0\\b").meta({
      description: "A regular expression that an empty queue's answer matches",
    }),
  }).optional().meta({ description: "The error queue: read at connect, and after each command" }),
  expect: patternSchema.optional().meta({
    description: "A regular expression: the line with which the instrument acknowledges each command",
  }),
  setup: z.array(line, { error: "a list of commands" }).max(100, "at most 100 entries").default([]).meta({
    description: "Commands that are sent at connect, after `identify`, such as `SYST:REM`",
  }),
});

/** The address of a value. */
export const scpiValue = z.strictObject({
  ask: question,
  ...partKeys,
  block: z.enum(BLOCK_TYPES, { error: `one of ${BLOCK_TYPES.join(", ")}` }).optional().meta({
    description: "The answer is an IEEE 488.2 binary block of such numbers: a waveform",
  }),
  endian: z.enum(["big", "little"], { error: "big or little" }).default("big").meta({
    description: "The order of the bytes of a block's numbers; SCPI's NORM is big, SWAP is little",
  }),
});

/** The address of a setting. */
export const scpiSetting = z.strictObject({
  set: template.optional().meta({ description: `${TEMPLATE_FORM}. Without it, the property is read-only` }),
  ask: question.optional().meta({ description: "The question that reads it back. Without it, it is not read back" }),
  ...partKeys,
}).refine(({ set, ask }) => set !== undefined || ask !== undefined, "a mapping with set, ask, or both");

/** An entry of `safe`. */
export const scpiCommand = line;

/** The params of a device, with their defaults. */
export type ScpiParams = z.output<typeof scpiParams>;
/** The keys of a driver file. */
export type ScpiKeys = z.output<typeof scpiKeys>;
/** The question for a value. */
export type ScpiValue = z.output<typeof scpiValue>;
/** The question for a setting, and its command. */
export type ScpiSetting = z.output<typeof scpiSetting>;
