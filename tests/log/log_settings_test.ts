import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { readFormat, readLevels } from "../../lib/log/log_settings.ts";

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

Deno.test("an unknown level or category is refused with the known ones", () => {
  const cases: [text: string, message: RegExp][] = [
    ["loud", /^Cannot start with --log-level: there is no level "loud"; known are debug, info, warning, error$/],
    ["", /no level ""/],
    ["info,", /no level ""/],
    ["device=", /no level ""/],
    ["devce=info", /no category "devce"; known are device, console, drivers, bench, http, stream$/],
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
