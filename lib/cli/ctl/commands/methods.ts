/**
 * The commands that show a device's methods, and call one.
 *
 * @module
 */
import type { JsonSchema, MethodDescription, ParameterDescription } from "../../../client/mod.ts";
import { schemaWords } from "../../../format/schema_words.ts";
import { jsonObject } from "../../command_line.ts";
import type { Paint } from "../../terminal/paint.ts";
import { type AddCommand, deviceId } from "./ctl.ts";
import { mergeFields, readFields } from "./fields.ts";

/** `ctl methods` */
export const methods: AddCommand = (program, ctl) =>
  program.command("methods")
    .description("the methods of a device")
    .argument("<id>", "", deviceId)
    .option("--json", "print the daemon's whole answer, with the schemas, as JSON")
    .action(async (id: string, { json }: { json?: true }) => {
      const { api, out, paint } = ctl();
      const all = await api.getDeviceMethods(id);
      if (json) return await out.printJson(all);
      if (!all.length) return await out.print(paint(`"${id}" has no methods`));
      for (const line of all.flatMap((method) => describe(method, paint))) await out.print(line);
    });

/** `ctl call` */
export const call: AddCommand = (program, ctl) =>
  program.command("call")
    .description("call a method, and print its result as JSON")
    .argument("<id>", "", deviceId)
    .argument("<method>")
    .argument("[key=value|value...]")
    .option("--json <object>", `further arguments as JSON, such as '{"volts": [1, 2]}'`, jsonObject)
    .addHelpText(
      "after",
      `
Values without a name are the method's parameters in their order. For a parameter that is a text, a value is that text;
otherwise a value is read as JSON, and as a text where it is no JSON: 5, true, [1,2], on. A list may also be written 1,2.
Behind -- also words that begin with - are values.

  deno task ctl call daq1 set_high 5
  deno task ctl call daq1 set_high volts=5`,
    )
    .action(async (id: string, method: string, words: string[], { json }: { json?: Record<string, unknown> }) => {
      const { api, out } = ctl();
      const known = (await api.getDeviceMethods(id)).find(({ name }) => name === method);
      const { args, named } = readFields(words, known?.input ?? {});
      await out.printJson(await api.callDeviceMethod(id, method, { args, kwargs: mergeFields(json, named) }));
    });

function describe({ name, doc, parameters, input }: MethodDescription, paint: Paint): string[] {
  const schemas = (input.properties ?? {}) as Record<string, JsonSchema>;
  const slots = parameters.map(({ name, required }) => required ? ` <${name}>` : ` [${name}]`).join("");
  return [
    paint(name, "bold") + paint(slots) + (doc ? paint(`  ${doc}`) : ""),
    ...parameters.map((parameter) => paint(`    ${describeParameter(parameter, schemas[parameter.name])}`)),
  ];
}

function describeParameter(
  { name, type, unit, description, default: fallback }: ParameterDescription,
  schema: JsonSchema = { type, unit },
): string {
  const facts = [
    schemaWords(schema),
    fallback === undefined ? undefined : `default ${JSON.stringify(fallback)}`,
    description,
  ];
  return `${name}: ${facts.filter(Boolean).join(", ")}`;
}
