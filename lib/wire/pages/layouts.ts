/** Layouts: what a person chose to see on a page, kept by a name. */
import { z } from "zod";
import { objectSchema, timeSchema } from "../values.ts";

/** The bytes of one layout, as JSON. */
export const MAX_LAYOUT_BYTES = 64 * 1024;
/** The layouts of a daemon. */
export const MAX_LAYOUTS = 200;
const MAX_NAME_CHARS = 100;

/** The name of a layout. */
export const layoutNameSchema = z.string().min(1).max(MAX_NAME_CHARS)
  // deno-lint-ignore no-control-regex -- a name is one line of text
  .regex(/^[^\x00-\x1f\x7f]*$/, "must have no control characters")
  .regex(/^\S(.*\S)?$/, "must neither begin nor end with a space")
  .meta({ description: "The layout's name", examples: ["IV curve"] });

const about = {
  name: layoutNameSchema,
  saved_at: timeSchema,
  saved_by: z.string().meta({ description: "The token of who saved it", examples: ["alice"] }),
};

/** A layout in the list. */
export const layoutInfoSchema = z.object(about).meta({ id: "LayoutInfo" });
/** A layout in the list, without its content. */
export type LayoutInfo = z.output<typeof layoutInfoSchema>;

/** All layouts, by their names. */
export const layoutsSchema = z.object({ layouts: z.array(layoutInfoSchema) }).meta({ id: "Layouts" });
/** All layouts, without their contents. */
export type LayoutsAnswer = z.output<typeof layoutsSchema>;

const contentSchema = objectSchema.meta({
  description: "What the page that saved it needs; the daemon does not read it",
  examples: [{ devices: ["psu1"], view: { span: 60 } }],
});

/** A layout with what it shows. */
export const layoutSchema = z.object({ ...about, layout: contentSchema }).meta({ id: "Layout" });
/** A layout with its content. */
export type Layout = z.output<typeof layoutSchema>;

/** The body of `PUT /layouts/{name}`. */
export const saveLayoutRequestSchema = z.strictObject({ layout: contentSchema }).meta({ id: "SaveLayout" });
