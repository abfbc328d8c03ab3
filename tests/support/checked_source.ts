import type { DriverSource } from "../../lib/registry/driver_source.ts";
import type { KeptChecks } from "../../lib/registry/kept_checks.ts";
import type { JsonSchema } from "../../lib/wire/driver.ts";

/** Marks the param `pin`. */
export const SECRET_SCHEMA: JsonSchema = { properties: { pin: { secret: true } } };

/** A driver that asks for the port 1 of its param `host`. `asked` has the checks so far. */
export function sourceOf({ checks, schema = {}, open }: {
  checks: KeptChecks;
  schema?: JsonSchema;
  open?: DriverSource["open"];
}) {
  const asked: string[] = [];
  const source: DriverSource = {
    description: {
      name: "Checked",
      summary: "",
      params: schema,
      options: {},
      sample: null,
      methods: [],
      properties: [],
      permissions: null,
    },
    checks,
    checkParams: (given) => {
      asked.push("params");
      const params = { ...given as Record<string, unknown>, high: 1 };
      const { host } = given as { host: string };
      return Promise.resolve({ params, permissions: { net: [`${host}:1`] }, bus: null });
    },
    checkOptions: (options) => {
      asked.push("options");
      return Promise.resolve(options as Record<string, unknown>);
    },
    open: open ?? (() => Promise.reject(new Error("it opens nothing"))),
    close: () => Promise.resolve(),
  };
  return { source, asked };
}
