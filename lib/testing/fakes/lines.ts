import type { Declared, DriverDocument } from "../../declared/file/read_file.ts";
import { parseTemplate } from "../../declared/format_spec.ts";
import { LineReader } from "../../declared/transports/lines/line_values.ts";
import type { LinesKeys, LinesSetting, LinesValue } from "../../declared/transports/lines/schema.ts";
import { LabError } from "../../errors.ts";
import type { Addressed } from "../../declared/transport.ts";
import type { YamlFake } from "./fake.ts";
import { fakeInstrument } from "./fake_instrument.ts";
import { FakeValues } from "./fake_values.ts";
import { matchingText } from "./matching_text.ts";
import { newlineOf } from "./newline.ts";
import { jsonOf } from "./payload_text.ts";

/** The time between two lines of an instrument that sends by itself, in milliseconds. */
const PERIOD_MS = 20;

/** An instrument of a YAML driver that prints lines, by itself or when it is asked. */
export function linesFake(document: DriverDocument): YamlFake {
  const keys = document.keys as LinesKeys;
  const values = new FakeValues(document);
  const line = () => lineOf(document, keys, values);
  assertReadable(document, line());
  const acknowledgement = keys.expect === undefined ? undefined : matchingText(keys.expect) ?? "OK";
  const settings = document.settings as (Declared & { address: LinesSetting })[];
  const receive = (text: string) => {
    if (text === keys.ask) return line();
    const asked = settings.find(({ address }) => address.ask === text);
    if (asked) return String(values.get(asked.name));
    for (const { name, address: { set } } of settings) {
      const { before, after } = parseTemplate(set ?? "{}");
      if (set === undefined || !text.startsWith(before) || !text.endsWith(after)) continue;
      values.set(name, text.slice(before.length, text.length - after.length));
    }
    return acknowledgement;
  };
  const fake = fakeInstrument({ answers: receive, newline: newlineOf(document) });
  const timer = keys.ask === undefined ? setInterval(() => fake.send(line()).catch(() => {}), PERIOD_MS) : undefined;
  return {
    params: { host: fake.host, port: fake.port },
    get: (name) => values.get(name),
    set: (name, value) => values.set(name, value),
    drop: () => fake.drop(),
    restore: () => fake.restore(),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await fake[Symbol.asyncDispose]();
    },
  };
}

/** A line with all values that its form has room for: the file's example, JSON, names with values, or fields. */
function lineOf(document: DriverDocument, { example }: LinesKeys, values: FakeValues): string {
  if (example !== undefined) return example;
  const all = document.values as (Declared & { address: LinesValue })[];
  const json = all.filter(({ address }) => address.json !== undefined);
  if (json.length > 0) return jsonOf(json.map(({ name, address }) => [address.json!, values.get(name)]));
  const named = all.filter(({ address }) => address.key !== undefined);
  if (named.length > 0) return named.map(({ name, address }) => `${address.key}=${values.get(name)}`).join(" ");
  const fields: string[] = [];
  for (const { name, address: { field = 1, match } } of all) {
    const text = String(values.get(name));
    fields[field - 1] = match === undefined ? text : matchingText(match, text) ?? text;
  }
  return Array.from(fields, (field) => field ?? "0").join(all[0]?.address.separator ?? ",");
}

function assertReadable({ keys, values }: DriverDocument, line: string): void {
  const found = new LineReader(keys as LinesKeys, values as Addressed<LinesValue>[]).read(line);
  if (values.length === 0 || "readings" in found) return;
  const message =
    `Cannot make a fake instrument: no line is known from which the values can be read (${found.problem}); ` +
    "give the file an `example`, a line as it comes";
  throw new LabError("InvalidRequest", message);
}
