/**
 * The commands that read and set a device's properties.
 *
 * @module
 */
import type { JsonSchema, PropertyDescription, PropertyStatus, ServerAPI } from "../../../client/mod.ts";
import { LabError } from "../../../errors.ts";
import { schemaWords } from "../../../format/schema_words.ts";
import { type Cell, table } from "../../terminal/table.ts";
import { type AddCommand, deviceIdArgument } from "./ctl.ts";
import { readNamedFields } from "../input/fields.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

/** `ctl get` */
export const get: AddCommand = (program, ctl) =>
  program.command("get")
    .description("read a property, and print its value as JSON; without a name, show all properties")
    .argument("<id>", "", deviceIdArgument)
    .argument("[property]")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async (id: string, name: string | undefined, { output }: DataOptions) => {
      const { api, out, err, paint } = ctl();
      if (name !== undefined) {
        const property = await api.getDeviceProperty(id, name);
        if (output !== "table") return await printData(ctl(), output, property);
        return await out.printJson(property.value);
      }
      const all = await api.getDeviceProperties(id);
      if (output !== "table") return await printData(ctl(), output, all);
      if (!all.length) return await out.print(paint(`"${id}" has no properties`));
      const rows = all.map(rowOf);
      for (const line of table(["PROPERTY", "VALUE", "ACCESS", "VALUES"], rows, paint, out.size.columns)) {
        await out.print(line);
      }
      for (const message of new Set(all.flatMap(({ error }) => error?.message ?? []))) await err.print(paint(message));
    });

/** `ctl set` */
export const set: AddCommand = (program, ctl) =>
  program.command("set")
    .description("set properties, and print what the instrument says then")
    .argument("<id>", "", deviceIdArgument)
    .argument("<property=value...>")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .addHelpText(
      "after",
      `
One property may also be two words. Several are set in the order of the words. Values are read as those of call.`,
    )
    .action(async (id: string, words: string[], { output }: DataOptions) => {
      const { api, out, err } = ctl();
      const found: Record<string, unknown> = {};
      const isPair = words.length === 2 && !words[0].includes("=");
      const values = readNamedFields(isPair ? [words.join("=")] : words, await schemaOf(api, id));
      for (const [name, asked] of Object.entries(values)) {
        const { value } = await api.setDeviceProperty(id, name, asked);
        found[name] = value;
        if (output === "table") await out.print(`${name} = ${JSON.stringify(value)}`);
        if (JSON.stringify(value) === JSON.stringify(asked)) continue;
        await err.print(
          `${name} was set to ${JSON.stringify(asked)}, and the instrument says ${JSON.stringify(value)}`,
        );
      }
      if (output !== "table") await printData(ctl(), output, found);
    });

/** The properties of a device as the schema of an object. */
async function schemaOf(api: ServerAPI, id: string): Promise<JsonSchema> {
  const { device_type } = await api.getDevice(id);
  const driver = (await api.listDrivers()).find(({ name }) => name === device_type);
  const properties: PropertyDescription[] = driver?.properties ?? [];
  if (!properties.length) throw new LabError("PropertyNotFound", `Cannot set a property of "${id}": it has none`);
  return { properties: Object.fromEntries(properties.map(({ name, schema }) => [name, schema])) };
}

function rowOf({ name, value, timestamp, schema, writable, readable, error }: PropertyStatus): Cell[] {
  const unit = typeof schema.unit === "string" && typeof value === "number" ? ` ${schema.unit}` : "";
  const text = timestamp === null ? "unknown" : `${JSON.stringify(value)}${unit}${error ? " (old)" : ""}`;
  const access = [readable && "read", writable && "set"].filter(Boolean).join(", ");
  return [name, error ? { text, colour: "yellow" } : text, access, schemaWords(schema)];
}
