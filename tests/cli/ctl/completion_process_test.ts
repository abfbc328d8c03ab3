import { deepEqual } from "node:assert/strict";
import { scriptOf } from "../../../lib/cli/ctl/completion/scripts.ts";

/** `ask` offers the words that it is asked about, so that the test sees them. */
const SETTING = `
ask() { for word in "$@"; do printf '<%s>\\tmeaning\\n' "$word"; done; }
others() { COMPREPLY=(others); }
complete -F others deno
${scriptOf("bash", "ask")}
${scriptOf("bash", "ask")}
try() { COMPREPLY=(); COMP_LINE="$1"; COMP_POINT=\${#1}; _labdaemon_ctl; echo "\${COMPREPLY[*]}"; }
`;

Deno.test("the script of bash completes ctl and deno task ctl, and leaves deno's other words to others", async () => {
  const lines = ["ctl sho", "ctl show ", "deno task -q ctl --url http://a:1 sh", "deno ru", "deno task ct"];
  const code = SETTING + lines.map((line) => `try '${line}'`).join("\n");

  const { stdout, stderr } = await new Deno.Command("bash", { args: ["--norc", "-c", code] }).output();

  const printed = new TextDecoder().decode(stdout).trimEnd().split("\n");
  deepEqual(printed, ["<sho>", "<show> <>", "<--url> <http://a:1> <sh>", "others", "others"]);
  deepEqual(new TextDecoder().decode(stderr), "");
});
