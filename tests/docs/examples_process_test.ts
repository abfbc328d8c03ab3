/**
 * Runs every code block of the documents that is a program or a command, in order, beside a daemon that serves the shipped
 * bench and the devices of the pages.
 */
import { equal, ok } from "node:assert/strict";
import { parse, stringify } from "yaml";
import { serveBench, type ServedBench } from "../support/served_bench.ts";
import { whyNoPython } from "../support/python.ts";
import { type Block, devicesToAdd, type Document, documents, filesToSave } from "./documents.ts";

const root = new URL("../../", import.meta.url);

/** The command for each language. code_examples_process_test.ts runs TypeScript. */
const RUNNERS: Record<string, (code: string) => [string, ...string[]]> = {
  sh: (code) => ["sh", "-euc", code],
  python: (code) => ["python3", "-B", "-W", "error", "-c", code],
  js: (code) => [Deno.execPath(), "eval", code],
};

/** The languages that this machine cannot run. In CI a missing program is a failure. */
const LACKS: Record<string, boolean> = Deno.env.get("CI") === "true"
  ? {}
  : { python: await whyNoPython() !== undefined, curl: await lacks("curl") };

async function lacks(command: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${command}`], stdout: "null" }).output();
  if (!success) console.log(`Skipping the blocks that use ${command}: it is not installed`);
  return !success;
}

/** The blocks that this test does not run: a part of the block, and the reason. */
const EXCEPTIONS: [text: string, why: string][] = [
  ["task serve", "it serves until it is stopped: the other blocks run beside it"],
  ["sysctl -w", "it changes the machine"],
  ["deno cache --frozen=false", "it changes deno.lock"],
  ["socat pty", "it needs an instrument; tests/peers/serial_process_test.ts has its like"],
  ["ssh -N", "it needs another machine"],
  ["pip install", "it changes the machine"],
  ["docker run", "it needs a container engine; tests/deploy/container_process_test.ts runs the image"],
  ["podman run", "it needs a container engine; tests/deploy/container_process_test.ts runs the image"],
  ["useradd", "it changes the machine"],
  [
    "check-driver drivers/power_meter.ts",
    "tests/testing/writing_drivers_process_test.ts provides the instrument that it needs",
  ],
  ["check-driver drivers/dice.py", "tests/testing/python_drivers_process_test.ts runs it on the page's file"],
  ["my_laser", "tests/end_to_end/first_hour_browser_test.ts runs it"],
  ["my_supply", "tests/testing/writing_drivers_process_test.ts runs it"],
  ["power_meter_test.ts", "tests/testing/writing_drivers_process_test.ts runs it in its own project"],
  ["--since k3f9-42", "it runs for minutes; tests/cli/ctl has its like"],
  ["ctl token create", "it would close the daemon to the other blocks; tests/cli/ctl/token_test.ts runs it"],
  ["lease break", "tests/cli/ctl/lease_test.ts runs it"],
  ["ctl cancel", "tests/cli/ctl/calls_test.ts runs it"],
  ["audit verify", "it needs a record; tests/cli/ctl/audit_test.ts has its like"],
  ["tls self-signed", "it writes files; tests/end_to_end/https_process_test.ts has its like"],
  ["unittest discover", "tests/python/client_process_test.ts runs it"],
];

/** The limit for one block. */
const MAX_BLOCK_MS = 120_000;

/** The shipped bench with the devices that the pages add. Network addresses become this machine's. */
async function benchOf(pages: Document[]): Promise<string> {
  const { devices, ...rest } = parse(await Deno.readTextFile(new URL("bench.yaml", root)));
  const added = JSON.parse(
    JSON.stringify(pages.flatMap(devicesToAdd)).replaceAll(/\b192\.168\.\d+\.\d+/g, "127.0.0.1"),
  );
  return stringify({ ...rest, devices: [...devices, ...added] });
}

function serve(pages: Document[], bench: string): Promise<ServedBench> {
  const saved = pages.flatMap((page) => Object.entries(filesToSave(page)))
    .filter(([path]) => path.startsWith("drivers/"));
  const own = Object.fromEntries(saved.map(([path, text]) => [path.slice("drivers/".length), text]));
  return serveBench(bench, { drivers: ["streaming_daq.ts", "host_metrics.ts", "host_metrics.sh", own] });
}

/** The environment of a block: the commands of the page, and a curl that fails for an error status. */
async function environment(bench: ServedBench): Promise<Record<string, string>> {
  const bin = `${bench.folder}/bin`;
  await Deno.mkdir(bin);
  await Deno.symlink(Deno.execPath(), `${bin}/deno`);
  await Deno.writeTextFile(`${bin}/npx`, `#!/bin/sh\nshift 2\nexec deno "$@"\n`, { mode: 0o755 });
  await Deno.writeTextFile(`${bench.folder}/.curlrc`, "fail-with-body\nsilent\nshow-error\n");
  return {
    PATH: `${bin}:${Deno.env.get("PATH")}`,
    CURL_HOME: bench.folder,
    PYTHONPATH: "python",
    LABDAEMON_URL: bench.url,
    LABDAEMON_DATA: `${bench.folder}/data`,
    NO_COLOR: "1",
  };
}

/** Blocks without an end. A command ends when its output is closed; a page is killed. */
const ENDLESS = /new EventSource|ctl watch/;

/** Runs a block. An endless one is stopped after its first output. */
async function run({ language, code }: Block, url: string, env: Record<string, string>): Promise<void> {
  const [command, ...args] = RUNNERS[language](code.replaceAll(/http:\/\/(localhost|127\.0\.0\.1):5000/g, url));
  const child = new Deno.Command(command, { args, env, cwd: root, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), MAX_BLOCK_MS);
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode("\n")).catch(() => {});
  await input.close().catch(() => {});
  const output = { out: "", err: "" };
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, key: keyof typeof output) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output[key] += text;
      if (key === "err" || !ENDLESS.test(code)) continue;
      if (language === "js") child.kill();
      break;
    }
  };
  const [{ code: exit }] = await Promise.all([child.status, read(child.stdout, "out"), read(child.stderr, "err")]);
  clearTimeout(timer);
  const expected = language === "js" && ENDLESS.test(code) ? 143 : 0;
  equal(exit, expected, `${code}ends with ${exit} and prints: ${output.out}${output.err}`);
}

/** The blocks of a page that this test runs. */
function programsOf({ blocks }: Document): Block[] {
  const isException = ({ code }: Block) => EXCEPTIONS.some(([text]) => code.includes(text));
  return blocks.filter((block) => block.language in RUNNERS && !isException(block));
}

const pages = await documents();

for (const page of pages) {
  const isFile = ({ code }: Block) => Object.values(filesToSave(page)).includes(code);
  Deno.test(`every block of ${page.path} is in a language that a test runs`, () => {
    const known = [
      ...Object.keys(RUNNERS),
      "ts",
      "yaml",
      "json",
      "text",
      "mermaid",
      "nginx",
      "caddyfile",
      "haproxy",
      "",
    ];
    for (const block of page.blocks) {
      ok(known.includes(block.language), `line ${block.line}: no test runs ${block.language}`);
      if (block.language === "ts") ok(!block.mark || isFile(block), `line ${block.line}: it is marked ${block.mark}`);
    }
  });
}

/** True for a page that adds no device, or only devices that work: the drivers are its own, and their names no other's. */
const worksBesideOthers = (page: Document) =>
  (devicesToAdd(page) as { id: string; driver: string }[]).every(({ id, driver }) =>
    !["daq1", "host1"].includes(id) &&
    Object.values(filesToSave(page)).some((text) => text.includes(driver) && !text.includes("connectLines"))
  );

/** The pages with programs. Most of them share a daemon. */
const groups = Map.groupBy(
  pages.filter((page) => programsOf(page).length),
  (page) => worksBesideOthers(page) ? "pages about the shipped bench and drivers beside it" : page.path,
);

for (const [name, group] of groups) {
  Deno.test(`the commands and programs of ${name} run`, async (test) => {
    await using bench = await serve(group, await benchOf(group));
    const env = await environment(bench);
    // Waits until the devices have connected.
    const { devices } = await bench.ask<{ devices: { device_id: string }[] }>("GET /devices");
    await Promise.allSettled(devices.map(({ device_id }) => bench.ask(`POST /devices/${device_id}/connect`)));
    for (const { page, block } of group.flatMap((page) => programsOf(page).map((block) => ({ page, block })))) {
      await test.step({
        name: `${page.path}, line ${block.line}, ${block.language}`,
        ignore: LACKS[block.language] || (LACKS.curl && block.code.includes("curl")),
        fn: () => run(block, bench.url, env),
      });
    }
  });
}

Deno.test("every exception matches a block", async () => {
  const blocks = (await documents()).flatMap(({ blocks }) => blocks).filter(({ language }) => language in RUNNERS);
  for (const [text] of EXCEPTIONS) equal(blocks.some(({ code }) => code.includes(text)), true, text);
});
