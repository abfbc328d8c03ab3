import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { checkDriver, fakeInstrument, RULES } from "../../lib/testing/mod.ts";
import { hasProc } from "../support/processes.ts";

/** A capture for Replay: ten seconds at 20 Hz. */
const CAPTURE = await Deno.makeTempFile({ suffix: ".csv" });
await Deno.writeTextFile(CAPTURE, `time,value\n${Array.from({ length: 200 }, (_, i) => `${i / 20},${i}\n`).join("")}`);
addEventListener("unload", () => Deno.removeSync(CAPTURE));

/**
 * The shipped drivers, each with its params and the options of a fast run. The driver of an instrument is checked in a test of its own,
 * against a fake instrument.
 */
const SHIPPED: Record<string, { params?: Record<string, unknown>; options: Record<string, unknown> }> = {
  "host_metrics.ts": { options: { sample_rate: 10 } },
  "replay.ts": { params: { file: CAPTURE }, options: { loop: true } },
  "sine_generator.ts": { options: { sample_rate: 50 } },
  "streaming_daq.ts": { options: { sample_rate: 50 } },
  "waveform_generator.ts": { options: { sample_rate: 50, block_size: 1 } },
};

const drivers = new URL("../../drivers/", import.meta.url);
const broken = new URL("../support/broken_drivers/", import.meta.url);

const driverFiles = (folder: URL) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => /^[^_].*(?<!_test)\.ts$/.test(name)).sort();

for (const [file, declared] of Object.entries(SHIPPED)) {
  Deno.test(`${file} keeps the driver contract`, async (test) => {
    for (const { rule, status, reason } of await checkDriver(new URL(file, drivers), declared)) {
      await test.step(rule, () => ok(status !== "failed", reason));
    }
  });
}

Deno.test("each shipped driver with a test in this folder is checked, and no other", () => {
  const tested = [...Deno.readDirSync(new URL("./", import.meta.url))]
    .map(({ name }) => name.replace(/(_process)?_test\.ts$/, ".ts")).filter((file) => file !== "conformance.ts");
  equal(tested.sort(), Object.keys(SHIPPED).sort());
});

/** Each broken driver has one fault, and is named after it: the rules that it breaks, and what is said. */
const FAULTS: Record<string, [rules: string[], reason: RegExp]> = {
  "loads_no_default_export.ts": [["loads"], /it has no default export; write `export default defineDriver/],
  "loads_with_a_throw.ts": [["loads"], /wanted read access to "\/etc\/instrument.conf"/],
  "takes_unknown_params.ts": [["params"], /takes params that it does not know/],
  "takes_unknown_options.ts": [["options"], /takes options that it does not know/],
  "asks_for_no_such_permission.ts": [["permissions"], /Cannot grant the permission "network"/],
  "asks_with_a_look.ts": [["permissions"], /read access to "\/etc\/instrument.conf"/],
  "leaves_a_read.ts": [["leaves-nothing"], /something that keeps its process from ending/],
  "connects_in_create.ts": [["create"], /net access to "127\.0\.0\.1:\d+".*what needs them belongs into connect/],
  "starts_a_timer_in_create.ts": [["create"], /an interval of 10 ms, set in starts_a_timer_in_create.ts:8/],
  "pushes_without_is_streaming.ts": [["create"], /it has startStreaming and stopStreaming, but no isStreaming/],
  "methods_take_anything.ts": [
    ["methods"],
    /set_power takes keys that it does not know; set_power takes \{"no":"text"\} for "watts", a string/,
  ],
  "connect_hangs.ts": [["connect"], /Cannot connect: no answer within 2000 ms/],
  "connect_exceeds_its_permissions.ts": [["connect"], /127\.0\.0\.1:2/],
  "reads_beyond_its_schema.ts": [["properties"], /voltage is 31: .*<=30; current: no answer/],
  "disconnect_needs_a_connect.ts": [["disconnect"], /without a connect before: TypeError: .*'close'/],
  "safe_hangs.ts": [["safe"], /Cannot make the instrument safe: no answer within 2500 ms/],
  "disconnect_hangs.ts": [["disconnect"], /Cannot disconnect: no answer within 2500 ms/],
  "connects_once.ts": [["connects-again"], /the second time: AlreadyExists/],
  "yields_nothing.ts": [["streams"], /no sample came within 2000 ms/],
  "stream_breaks.ts": [["streams"], /crashed: .*JSON/],
  "streams_once.ts": [["streams-again"], /the second run gave no sample/],
  "stop_hangs.ts": [["stops"], /its stream still runs 2000 ms after its stop/],
  "ignores_its_rate.ts": [
    ["sample-rate"],
    /^50 Hz asked, [3-5]\d\.?\d* Hz found; 100 Hz asked, [3-5]\d\.?\d* Hz found$/,
  ],
  "takes_rate_for_period.ts": [["sample-rate"], /^50 Hz asked, [12]\d\.?\d* Hz found$/],
  "yields_another_type.ts": [["sample-schema"], /sample 0, \{"volts":"\+1\.25E\+00"\}: volts: .*expected a number/],
  "yields_a_function.ts": [["sample-json"], /sample 0: .*it holds a function at value/],
  "ignores_its_signal.ts": [["ends-on-signal"], /samples came after the signal had aborted/],
  "waits_past_its_signal.ts": [["stops", "ends-on-signal"], /2000 ms after/],
  "says_it_streams.ts": [["is-streaming"], /after the stop it says true/],
  "pushes_after_its_stop.ts": [["silent-after-stop"], /1 samples came after it/],
  "leaves_a_timer.ts": [["leaves-nothing"], /an interval of 1000 ms, set in leaves_a_timer.ts:8/],
  "leaves_a_socket.ts": [["leaves-nothing"], /^it leaves behind a tcp connection to port \d+$/],
  "leaves_a_child.ts": [["leaves-nothing"], /a child process, sleep/],
  "hides_the_loss.ts": [["survives-loss"], /2000 ms after the line broke, it had not thrown/],
  "crashes_at_the_loss.ts": [["survives-loss"], /when the line broke, so did its process: .*crashed/],
};

/** The parts from which a broken driver is made. */
async function paramsOf(file: string, port: number): Promise<Record<string, unknown>> {
  const text = await Deno.readTextFile(new URL(file, broken));
  if (text.includes("lock: z.string()")) return { lock: `${await Deno.makeTempDir()}/lock` };
  return text.includes("port: z.number()") ? { port } : {};
}

/** Long enough for a busy machine. */
const limits = { connectMs: 2_000, stopMs: 2_000, sampleMs: 2_000 };

/** Checks a broken driver, as its author would. */
async function checkBroken(file: string) {
  await using fake = fakeInstrument({ answers: { "MEAS?": "1" } });
  const params = await paramsOf(file, fake.port);
  const instrument = FAULTS[file][0].includes("survives-loss") ? fake : undefined;
  const results = await checkDriver(new URL(file, broken), { params, instrument, limits });
  if (typeof params.lock === "string") await Deno.remove(params.lock.replace(/\/lock$/, ""), { recursive: true });
  return results.filter(({ status }) => status === "failed");
}

/** The number that is checked at a time: most of it is waiting. */
const AT_ONCE = 6;

Deno.test("each broken driver fails the rules that it breaks, and no other", async (test) => {
  const files = Object.keys(FAULTS).filter((file) => hasProc || !/^leaves_a_(child|socket)\.ts$/.test(file));
  const found = new Map<string, Awaited<ReturnType<typeof checkBroken>>>();
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) found.set(file, await checkBroken(file));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const file of files) {
    const [rules, reason] = FAULTS[file];
    await test.step(`${file} by ${rules.join(" and ")}`, () => {
      equal(found.get(file)!.map(({ rule }) => rule), rules, JSON.stringify(found.get(file), null, 2));
      for (const result of found.get(file)!) match(result.reason, reason);
    });
  }
});

Deno.test("there is a broken driver for each rule, and a test for each broken driver", () => {
  equal(driverFiles(broken), Object.keys(FAULTS).sort());
  const caught = new Set(Object.values(FAULTS).flatMap(([rules]) => rules));
  equal(RULES.map(({ name }) => name).filter((name) => !caught.has(name)), []);
});

Deno.test("each rule names the place in the sources where it is documented", async () => {
  for (const { name, reference } of RULES) {
    const [, file, section] = reference.match(/^(\S+), (.+)$/)!;
    const text = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
    // Either words as they stand there, or an interface, perhaps with one of its members.
    const [type, member] = section.split(".");
    const isMember = RegExp(`interface ${type}\\b[^]*?^  (readonly )?${member ?? ""}\\??[(:<]`, "m").test(text);
    const isType = member === undefined && text.includes(`interface ${type} `);
    const words = text.replace(/\s+\* /g, " ");
    ok(isMember || isType || words.includes(section), `${name}: ${reference} is not there`);
  }
});
