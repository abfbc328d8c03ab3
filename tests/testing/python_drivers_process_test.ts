/** New drivers in Python, and the conformance suite on them. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { assertConforms, checkDriver, fakeInstrument, LANGUAGES, newDriver, RULES } from "../../lib/testing/mod.ts";
import { python, pythonTest } from "../support/python.ts";
import { documents, filesToSave } from "../docs/documents.ts";
import { projectOf } from "./project.ts";

const broken = new URL("../support/broken_python/", import.meta.url);

await pythonTest(
  "newDriver() in Python writes drivers that pass their own tests and the conformance suite",
  async () => {
    await using project = await projectOf();
    const folder = `${project.folder}/drivers`;
    await using instrument = fakeInstrument({ answers: { "*IDN?": "ACME,Supply,1,2.0", "MEAS:VOLT?": "1.25" } });
    const { host, port } = instrument;
    for (const kind of LANGUAGES.python) {
      const { driver } = await newDriver(`a_${kind}`, { kind, folder, language: "python" });
      const { code, stderr } = await python(`${folder}/a_${kind}_test.py`);
      equal(code, 0, stderr);
      if (kind === "serial") continue;
      const options = { sample_rate: 20 };
      assertConforms(
        await checkDriver(driver, kind === "line" ? { params: { host, port }, options, instrument } : { options }),
      );
    }
    await rejects(
      newDriver("a_yaml", { kind: "yaml", folder, language: "python" }),
      /there is no kind "yaml" in python/,
    );
    await rejects(newDriver("serial", { folder, language: "python" }), /a module of Python has this name/);
  },
);

Deno.test("deno task new-driver --language python prints the files and the next steps", async () => {
  await using project = await projectOf();
  const { code, out, err } = await project.deno("task", "new-driver", "my_laser", "--language", "python");
  equal(code, 0, err);
  match(out, /^drivers\/my_laser\.py is the driver of MyLaser, drivers\/my_laser_test\.py is its test\. Next:/);
  match(
    out,
    /\n {2}PYTHONPATH=python python3 drivers\/my_laser_test\.py\n {2}deno task check-driver drivers\/my_laser\.py\n/,
  );
});

await pythonTest(
  "the first driver of docs/drivers-in-python.md has at most ten lines, and keeps the contract",
  async () => {
    const page = (await documents()).find(({ path }) => path === "docs/drivers-in-python.md")!;
    const { "drivers/dice.py": text } = filesToSave(page);
    ok(text.split("\n").filter((line) => line.trim()).length <= 10, text);
    await using project = await projectOf({ "dice.py": text });
    assertConforms(await checkDriver(`${project.folder}/drivers/dice.py`, { options: { sample_rate: 50 } }));
  },
);

/** Each broken driver has one fault, and is named after it: the rule that it breaks, and what is said. */
const FAULTS: Record<string, [rule: string, reason: RegExp]> = {
  "loads_two_classes.py": ["loads", /it has 2 classes \(Supply, Meter\)/],
  "needs_a_param.py": ["params", /address: .*expected a text/],
  "takes_unknown_options.py": ["options", /takes options that it does not know/],
  "asks_for_no_such_permission.py": ["permissions", /found "no host:no port"/],
  // By the kernel where it can limit the process, else by the suite.
  "connects_in_create.py": [
    "create",
    /wanted net access.*what needs them belongs into connect|a tcp connection to port/,
  ],
  "starts_a_thread_in_create.py": ["create", /a thread, poller, started in starts_a_thread_in_create\.py:9/],
  "methods_take_anything.py": [
    "methods",
    /takes keys that it does not know; .*anything for "watts": give it a type hint/,
  ],
  "connect_hangs.py": ["connect", /Cannot connect: no answer within 2000 ms/],
  "reads_beyond_its_schema.py": ["properties", /voltage is 31: expected at most 30, found 31; current: no answer/],
  "safe_hangs.py": ["safe", /Cannot make .*safe: /],
  "disconnect_needs_a_connect.py": ["disconnect", /without a connect before: AttributeError: .*py:8/],
  "disconnect_hangs.py": ["disconnect", /Cannot disconnect.*2\d00 ms/],
  "connects_once.py": ["connects-again", /the second time: FileExistsError/],
  "yields_nothing.py": ["streams", /no sample came within 2000 ms/],
  "stream_breaks.py": ["streams", /cannot read the answer \(stream_breaks\.py:10\)/],
  "streams_once.py": ["streams-again", /the second run gave no sample/],
  "stop_hangs.py": ["stops", /still runs 2000 ms after its stop|no answer within/],
  "ignores_its_rate.py": ["sample-rate", /^50 Hz asked, [3-5]\d\.?\d* Hz found; 100 Hz asked/],
  "yields_another_type.py": ["sample-schema", /sample 0, "\+1\.25E\+00": .*expected a number/],
  "yields_a_function.py": ["sample-json", /sample 0: .*it holds a method/],
  "ignores_its_stop.py": ["ends-on-signal", /samples came after the signal had aborted/],
  "says_it_streams.py": ["is-streaming", /after the stop it says true/],
  "pushes_after_its_stop.py": ["silent-after-stop", /1 samples came after it/],
  "leaves_a_thread.py": ["leaves-nothing", /a timer, .*started in leaves_a_thread\.py:10/],
  "leaves_a_socket.py": ["leaves-nothing", /a tcp connection to port \d+/],
  "leaves_a_child.py": ["leaves-nothing", /a child process, sleep/],
  "hides_the_loss.py": ["survives-loss", /2000 ms after the line broke, it had not thrown/],
};

/** Checks a broken driver, as its author would. */
async function checkBroken(file: string) {
  await using fake = fakeInstrument({ answers: { "MEAS?": "1" } });
  const text = await Deno.readTextFile(new URL(file, broken));
  const folder = text.includes("folder: str") ? await Deno.makeTempDir() : undefined;
  const params = { ...text.includes("port: int") && { port: fake.port }, ...folder && { folder } };
  const instrument = FAULTS[file][0] === "survives-loss" ? fake : undefined;
  const limits = { connectMs: 2_000, stopMs: 2_000, sampleMs: 2_000 };
  const results = await checkDriver(new URL(file, broken), { params, instrument, limits });
  if (folder) await Deno.remove(folder, { recursive: true });
  return results.filter(({ status }) => status === "failed");
}

await pythonTest("each broken driver in Python fails the rule that it breaks, and no other", async () => {
  const waiting = Object.keys(FAULTS);
  const found = new Map<string, Awaited<ReturnType<typeof checkBroken>>>();
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) found.set(file, await checkBroken(file));
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  for (const [file, [rule, reason]] of Object.entries(FAULTS)) {
    const failed = found.get(file)!;
    equal(failed.map(({ rule }) => rule), [rule], `${file}: ${JSON.stringify(failed, null, 2)}`);
    match(failed[0].reason, reason);
    equal(failed[0].reference, "docs/drivers-in-python.md");
  }
});

Deno.test("there is a broken driver in Python for each rule, and a test for each", () => {
  const files = [...Deno.readDirSync(broken)].map(({ name }) => name).filter((name) => name.endsWith(".py"));
  equal(files.sort(), Object.keys(FAULTS).sort());
  const caught = new Set(Object.values(FAULTS).map(([rule]) => rule));
  equal(RULES.map(({ name }) => name).filter((name) => !caught.has(name)), []);
});
