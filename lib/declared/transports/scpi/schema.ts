/**
 * The keys of SCPI drivers.
 *
 * @module
 */
import { z } from "zod";
import { section } from "../../../yaml/section.ts";
import { parseTemplate, TEMPLATE_FORM } from "../../format_spec.ts";
import { partKeys, pattern } from "../../text_address.ts";

const text = z.string({ error: "a text" });

/** One line to send. */
const line = text.min(1, "a text that is not empty").regex(/^[^\r\n]*$/, "one line");

/** A command with a place for the value. */
const template = line.superRefine((value, context) => {
  try {
    parseTemplate(value);
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : TEMPLATE_FORM });
  }
});

const question = line.meta({
  description: "The question, such as `MEAS:VOLT?`. Values with the same question share its answer",
});

/** The params of a device. */
export const scpiParams = z.strictObject({
  host: text.min(1, "a host name or address").meta({ description: "The host name or address" }),
  port: z.int("a whole number").min(1, "1 or more").max(65_535, "at most 65535").default(5025).meta({
    description: "The TCP port",
  }),
  timeout: z.number().positive("a number above 0").max(600, "at most 600").default(5).meta({
    description: "The limit of connecting and of each exchange",
    unit: "s",
  }),
});

/** The keys of a SCPI file. */
export const scpiKeys = z.strictObject({
  identify: section({
    ask: line.default("*IDN?").meta({ description: "The question" }),
    expect: pattern.meta({ description: "A regular expression that its answer matches" }),
  }).optional().meta({ description: "Asked at connect: an instrument that answers otherwise is not used" }),
  errors: section({
    ask: line.default("SYST:ERR?").meta({ description: "The question that takes the oldest error off the queue" }),
    ok: pattern.default("^[+]?0\\b").meta({ description: "A regular expression that an empty queue's answer matches" }),
  }).optional().meta({ description: "The error queue: read at connect, and after each command" }),
  setup: z.array(line, { error: "a list of commands" }).max(100, "at most 100 entries").default([]).meta({
    description: "Commands that are sent at connect, after `identify`, such as `SYST:REM`",
  }),
});

/** The address of a value. */
export const scpiValue = z.strictObject({ ask: question, ...partKeys });

/** The address of a setting. */
export const scpiSetting = z.strictObject({
  set: template.optional().meta({ description: `${TEMPLATE_FORM}. Without it, the property is read-only` }),
  ask: question.optional().meta({ description: "The question that reads it back. Without it, it is not read back" }),
  ...partKeys,
}).refine(({ set, ask }) => set !== undefined || ask !== undefined, "a mapping with set, ask, or both");

/** An entry of `safe`. */
export const scpiCommand = line;

export type ScpiParams = z.output<typeof scpiParams>;
export type ScpiKeys = z.output<typeof scpiKeys>;
export type ScpiValue = z.output<typeof scpiValue>;
export type ScpiSetting = z.output<typeof scpiSetting>;
