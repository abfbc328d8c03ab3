import { z } from "zod";
import { propertyDescriptionSchema } from "./driver.ts";
import { errorReportSchema } from "./error_report.ts";
import { timeSchema } from "./values.ts";

const timestamp = "2026-11-22T06:25:52.123456Z";

const valueSchema = z.unknown().meta({ description: "As the instrument says it", examples: [5] });

const readAtSchema = timeSchema.nullable().meta({
  description: "When the value was read, or set where it cannot be read; null: it is not known, and so is the value",
});

/** The value of a property, as it was read, or set where it cannot be read. */
export const propertyValueSchema = z.object({
  name: z.string(),
  value: valueSchema,
  timestamp: readAtSchema,
}).meta({
  id: "PropertyValue",
  description: "The value of a property",
  examples: [{ name: "high", value: 5, timestamp }],
});
/** The value of a property, and when it was read. */
export type PropertyValue = z.output<typeof propertyValueSchema>;

/** A property with its value, as `GET /devices/{id}/properties` answers it. */
export const propertyStatusSchema = z.object({
  ...propertyDescriptionSchema.shape,
  value: valueSchema,
  timestamp: readAtSchema,
  error: errorReportSchema.optional().meta({
    description: "Why it could not be read now; the value is then the last known one",
  }),
}).meta({ id: "Property", description: "A property of a device, with its value" });
/** A property with its value: read now, or the last known one with the error of the reading. */
export type PropertyStatus = z.output<typeof propertyStatusSchema>;

/** The body of `PUT /devices/{id}/properties/{name}`. */
export const setPropertyRequestSchema = z.strictObject({
  value: z.unknown().refine((value) => value !== undefined, "expected a value").meta({ examples: [5] }),
}).meta({ id: "SetProperty" });
