import { schemaWords } from "../../../format/schema_words.ts";
import type { JsonSchema, MethodDescription, ParameterDescription } from "../../../client/mod.ts";
import type { Command } from "../command.ts";
import type { Paint } from "../paint.ts";
import { printJson } from "../print_json.ts";

/** `ctl methods` */
export const methods: Command = {
  name: "methods",
  about: "what can be called on a device",
  arguments: [{ name: "id" }],
  options: { json: { about: "print all that the daemon says, with the schemas, as JSON" } },
  async run(given, { api, out, paint }) {
    const [id] = given.words;
    const all = await api.getDeviceMethods(id);
    if (given.has("json")) return await printJson(out, all);
    if (!all.length) return await out.print(paint(`"${id}" has no methods`));
    for (const line of all.flatMap((method) => describe(method, paint))) await out.print(line);
  },
};

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
