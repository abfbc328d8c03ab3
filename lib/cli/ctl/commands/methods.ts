/**
 * The commands that show a device's methods, call one, and follow and cancel calls.
 *
 * @module
 */
import type { CallProgress, JsonSchema, MethodDescription, ParameterDescription } from "../../../client/mod.ts";
import { formatDuration } from "../../../format/duration.ts";
import { schemaWords } from "../../../format/schema_words.ts";
import { jsonObject } from "../../command_line.ts";
import { clockTime } from "../../terminal/clock_time.ts";
import type { Paint } from "../../terminal/paint.ts";
import { type AddCommand, deviceIdArgument } from "./ctl.ts";
import { mergeFields, readFields } from "../input/fields.ts";
import { DATA_OUTPUT, type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

/** A method with a longer limit is listed with it. */
const SHORT_SECONDS = 30;

/** `ctl methods` */
export const methods: AddCommand = (program, ctl) =>
  program.command("methods")
    .description("the methods of a device")
    .argument("<id>", "", deviceIdArgument)
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async (id: string, { output }: DataOptions) => {
      const { api, out, paint } = ctl();
      const all = await api.getDeviceMethods(id);
      if (output !== "table") return await printData(ctl(), output, all);
      if (!all.length) return await out.print(paint(`"${id}" has no methods`));
      for (const line of all.flatMap((method) => describe(method, paint))) await out.print(line);
    });

interface CallOptions extends DataOptions {
  json?: Record<string, unknown>;
}

/** `ctl call` */
export const call: AddCommand = (program, ctl) =>
  program.command("call")
    .description("call a method, and print its result as JSON")
    .argument("<id>", "", deviceIdArgument)
    .argument("<method>")
    .argument("[key=value|value...]")
    .option("--json <object>", `further arguments as JSON, such as '{"volts": [1, 2]}'`, jsonObject)
    .addOption(DATA_OUTPUT)
    .addHelpText(
      "after",
      `
Values without a name are the method's parameters in their order. For a parameter that is a text, a value is that text;
otherwise a value is read as JSON, and as a text where it is no JSON: 5, true, [1,2], on. A list may also be written 1,2.
Behind -- also words that begin with - are values.`,
    )
    .action(async (id: string, method: string, words: string[], { json, output }: CallOptions) => {
      const { api, err, paint, timeoutMs } = ctl();
      const known = (await api.getDeviceMethods(id)).find(({ name }) => name === method);
      const { args, named } = readFields(words, known?.input ?? {});
      const onProgress = ({ fraction, text }: CallProgress) => {
        const part = fraction === null ? "" : `${Math.round(fraction * 100)} %`;
        err.print(paint([part, text].filter(Boolean).join("  "), "gray"));
      };
      const options = { timeoutMs, ...(err.isTerminal && { onProgress }) };
      const result = await api.callDeviceMethod(id, method, { args, kwargs: mergeFields(json, named), ...options });
      await printData(ctl(), output, result);
    });

/** `ctl calls` */
export const calls: AddCommand = (program, ctl) =>
  program.command("calls")
    .description("the calls of methods that run or wait, and those that were left to run and have ended")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output }: DataOptions) => {
      const { api, out, paint } = ctl();
      const all = await api.listCalls();
      if (output !== "table") return await printData(ctl(), output, all);
      if (!all.length) return await out.print(paint("No method runs"));
      for (const { call_id, device_id, method, status, progress, started_at } of all) {
        const { fraction = null, text = "" } = progress ?? {};
        const part = fraction === null ? "" : `${Math.round(fraction * 100)} %`;
        const facts = [clockTime(started_at), `${device_id}.${method}`, status, part, text].filter(Boolean).join("  ");
        await out.print(`${paint(call_id, "bold")}  ${paint(facts)}`);
      }
    });

/** `ctl cancel` */
export const cancel: AddCommand = (program, ctl) =>
  program.command("cancel")
    .description("cancel a call: its method is asked to end, and may ignore that")
    .argument("<call>")
    .action(async (id: string) => {
      const { api, out, paint } = ctl();
      const { device_id, method, status } = await api.cancelCall(id);
      await out.print(paint(`${method} of ${device_id} is ${status}`));
    });

function describe({ name, doc, parameters, input, limit }: MethodDescription, paint: Paint): string[] {
  const schemas = (input.properties ?? {}) as Record<string, JsonSchema>;
  const slots = parameters.map(({ name, required }) => required ? ` <${name}>` : ` [${name}]`).join("");
  return [
    paint(name, "bold") + paint(slots) + (doc ? paint(`  ${doc}`) : "") +
    (limit === undefined || limit <= SHORT_SECONDS ? "" : paint(`  (at most ${formatDuration(limit * 1000)})`, "gray")),
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
