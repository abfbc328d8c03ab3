import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { CATEGORIES, readFormat, readLevels } from "../../lib/log/log_settings.ts";

Deno.test("a level applies to all categories without their own, and the last one wins", () => {
  const cases: [texts: string[], level: string, categories: object][] = [
    [[], "info", {}],
    [["debug"], "debug", {}],
    [["device=debug,http=warning"], "info", { device: "debug", http: "warning" }],
    [["warning, device=debug"], "warning", { device: "debug" }],
    [["warning", "device=debug", "error,device=info"], "error", { device: "info" }],
  ];
  for (const [texts, level, categories] of cases) equal(readLevels(texts, "--log-level"), { level, categories });
});

Deno.test("each category that a line of the log names can have a level: recording=debug was refused", async () => {
  const lib = new URL("../../lib/", import.meta.url);
  const used = new Set<string>();
  for (const name of await filesIn(lib)) {
    const text = await Deno.readTextFile(new URL(name, lib));
    for (const [, category] of text.matchAll(/getLogger\(\["labdaemon", "(\w+)"\]\)/g)) used.add(category);
  }
  equal([...used].sort(), [...CATEGORIES].sort());
  const levels = Object.fromEntries(CATEGORIES.map((category) => [category, "debug"]));
  equal(readLevels(Object.keys(levels).map((category) => `${category}=debug`), "--log-level").categories, levels);
});

Deno.test("an unknown level or category is refused with the known ones", () => {
  const cases: [text: string, message: RegExp][] = [
    ["loud", /^Cannot start with --log-level: there is no level "loud"; known are debug, info, warning, error$/],
    ["", /no level ""/],
    ["info,", /no level ""/],
    ["device=", /no level ""/],
    ["devce=info", /no category "devce"; known are device, console, drivers, bench, http, stream, access, .*mqtt$/],
    ["constructor=info", /no category "constructor"/],
    ["\x1b[2J", /no level "\\u001b\[2J"/],
  ];
  for (const [text, message] of cases) {
    throws(() => readLevels([text], "--log-level"), (error: Error) => message.test(error.message), text);
  }
  throws(() => readFormat("xml", "LABDAEMON_LOG_FORMAT"), {
    message: /LABDAEMON_LOG_FORMAT.*"xml"; known are text, json/,
  });
});

/** The TypeScript files of a folder and its folders, by their paths within it. */
async function filesIn(folder: URL): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...(await filesIn(new URL(`${name}/`, folder))).map((file) => `${name}/${file}`));
    else if (name.endsWith(".ts")) found.push(name);
  }
  return found;
}
