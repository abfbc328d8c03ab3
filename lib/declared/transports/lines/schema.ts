/**
 * The keys of drivers of instruments that print lines.
 *
 * @module
 */
import { z } from "zod";
import { refineTemplate, TEMPLATE_FORM } from "../../format_spec.ts";
import { hasOneAddress, line, lineParams, ONE_ADDRESS } from "../../line_link.ts";
import { payloadKeys } from "../../payload.ts";
import { patternSchema } from "../../pattern.ts";

const text = z.string({ error: "a text" });

/** The params of a device. No port is usual for such instruments. */
export const linesParams = z.strictObject({
  ...lineParams,
  port: lineParams.port.unwrap().optional().meta({ description: "The TCP port" }),
}).refine(hasOneAddress, ONE_ADDRESS).refine(({ host, port }) => host === undefined || port !== undefined, {
  message: "a port",
  path: ["port"],
});

/** The keys of a file. */
export const linesKeys = z.strictObject({
  ask: line.optional().meta({
    description:
      "The line that asks for a line of values, `sample_rate` times a second. Without it, the instrument sends by itself",
  }),
  pattern: patternSchema.optional().meta({
    description: "A regular expression with named groups, `(?<temperature>[-\\d.]+)`: the values are its groups",
  }),
  skip: patternSchema.optional().meta({ description: "Lines that match are ignored: comments, a heading" }),
  checksum: z.enum(["nmea"], { error: "nmea" }).optional().meta({
    description: "The checksum of each line; `nmea`: `$…*hh`. A line whose checksum is wrong is not used",
  }),
  silence: z.number().positive("a number above 0").max(86_400, "at most 86400").default(30).meta({
    description:
      "The time without a byte after which the connection counts as lost, where the instrument sends by itself",
    unit: "s",
  }),
  setup: z.array(line, { error: "a list of lines" }).max(100, "at most 100 entries").default([]).meta({
    description: "Lines that are sent at connect",
  }),
  example: text.optional().meta({ description: "A line as it comes; a fake instrument sends it" }),
  expect: patternSchema.optional().meta({
    description: "A regular expression: the line with which the instrument acknowledges each command",
  }),
});

const sources = ["group", "key", "json", "field", "match"] as const;

/** The address of a value. */
export const linesValue = z.strictObject({
  ...payloadKeys,
  group: text.optional().meta({ description: "The name of a group of `pattern`" }),
  key: text.min(1, "a text that is not empty").optional().meta({
    description: "The name in front of the value, in lines such as `T=21.5 H=40` or `T: 21.5, H: 40`",
  }),
  line: patternSchema.optional().meta({
    description: "A regular expression: the value comes from lines that match it",
  }),
}).refine((address) => sources.some((key) => address[key] !== undefined), `a mapping with one of ${sources.join(", ")}`)
  .refine(
    (address) => ["group", "key", "json"].filter((key) => address[key as "key"] !== undefined).length <= 1,
    "a mapping with only one of group, key, json",
  );

/** The address of a setting. */
export const linesSetting = z.strictObject({
  set: line.superRefine(refineTemplate).optional().meta({
    description: `${TEMPLATE_FORM}. Without it, the property is read-only`,
  }),
  ask: line.optional().meta({ description: "The line that asks for it. Without it, it is not read back" }),
  ...payloadKeys,
}).refine(({ set, ask }) => set !== undefined || ask !== undefined, "a mapping with set, ask, or both");

/** An entry of `safe`. */
export const linesCommand = line;

/** The keys of a driver file. */
export type LinesKeys = z.output<typeof linesKeys>;
/** The address of a value in the lines. */
export type LinesValue = z.output<typeof linesValue>;
/** The line that a setting sends. */
export type LinesSetting = z.output<typeof linesSetting>;
