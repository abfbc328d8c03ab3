/** The daemon withstands drivers that forge packets, and drivers that do too much of something: all on one bench. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { type Fault, FaultBench, runCases } from "../support/fault_bench.ts";
import { serveBench } from "../support/served_bench.ts";

const FORGERIES = [
  ...["deep_context", "empty_frames", "foreign_frames", "answers_nobody_asked_for", "no_message", "no_name"],
  ...["deep_result", "sets_the_clock_without_end", "loses_what_was_sent"],
  ...["reports_megabytes", "pads_a_message", "crashes_with_megabytes", "uses_up_its_numbers"],
];

const forger = (how: string) => [how, { driver: "Forger", settings: { params: { how } } }] as const;

/** The number of drivers that fail at the same time. */
const AT_ONCE = 4;

const EXCESSIVE = (what: string, settings = {}) => ({
  [what]: { driver: "Excessive", settings: { params: { what }, ...settings } },
});

/** Programs and drivers that print without end. */
const CHATTY = ["lines", "nuls", "no_end", "program"];

Deno.test("drivers that forge packets, or do too much of something, do not affect ten other devices", async (test) => {
  const faults: Record<string, Fault> = {
    ...Object.fromEntries([...FORGERIES, "crashes_and_stays", "floods_with_losses"].map(forger)),
    ...Object.assign({}, ...[...CHATTY, "large_sample", "large_error", "odd_error"].map((what) => EXCESSIVE(what))),
    ...EXCESSIVE("memory", { memory: 157_286_400 }),
  };
  await using bench = await FaultBench.open(faults, ["forger.ts", "excessive.ts"], {
    grants: { Excessive: { run: ["yes"] } },
  });
  const cases = FORGERIES.map((how) => [how.replaceAll("_", " "), async () => {
    await using reader = await bench.enable(how);
    const { type, message } = await bench.failed(how, reader, "faulted");
    equal(type, "ProtocolError");
    match(message, /^The process of "\w+" broke the protocol: Cannot /);
    const { devices } = await bench.served.ask<{ devices: unknown[] }>("GET /devices");
    equal(devices.length, 10 + Object.keys(faults).length);
    await bench.served.ask("GET /openapi.json");
  }]);
  await runCases(test, AT_ONCE, Object.fromEntries(cases));
  await test.step("one crashes and stays, another loses samples without end: the daemon answers", async () => {
    await using flooded = await bench.enable("floods_with_losses");
    await flooded.next(({ event }) => event === "gap");
    await using reader = await bench.enable("crashes_and_stays");
    const { message } = await bench.failed("crashes_and_stays", reader, "faulted");
    match(message, /crashed: no way out/);
    equal((await bench.status("floods_with_losses")).state, "streaming");
    await bench.dismiss("floods_with_losses", flooded);
  });

  await test.step("drivers and programs that write without end: their output is dropped, and the log says so", async () => {
    const readers = await Promise.all(CHATTY.map((what) => bench.enable(what)));
    for (const reader of readers) {
      while ((await reader.sample()).sequence! < 200) reader.clear();
    }
    for (const [i, what] of CHATTY.entries()) {
      const { state, restarts } = await bench.status(what);
      equal([state, restarts], ["streaming", 0]);
      await readers[i].leave();
      await bench.dismiss(what);
      await bench.served.untilPrinted(
        "stderr",
        new RegExp(`${what}: … and \\d+ more lines within a second, .* unread`),
      );
    }
  });

  await test.step("a sample that is too large is lost and reported, and the stream goes on", async () => {
    await using reader = await bench.enable("large_sample");
    const { error } = await reader.next(({ event }) => event === "stream_error") as unknown as {
      error: Error & { type: string };
    };
    equal(error.type, "SampleTooLarge");
    match(error.message, /^Sample 3 is too large: 70\.0 MB as an event, and 62\.9 MB at most\. It is lost/);
    const gap = reader.events.find(({ event }) => event === "gap") ?? await reader.next(({ event }) => event === "gap");
    equal([gap.from, gap.to, gap.reason], [3, 3, "source"]);
    while ((await reader.sample()).sequence! < 10);
    const { state, restarts } = await bench.status("large_sample");
    equal([state, restarts], ["streaming", 0]);
    await bench.dismiss("large_sample");
  });

  await test.step("an error of 30 MB reaches readers and the log as some kilobytes, and says what was cut", async () => {
    const before = bench.served.printed.stderr.length;
    await using reader = await bench.enable("large_error");
    const { type, message } = await bench.failed("large_error", reader, "retrying");
    match(message, /^no cable no cable .*… \(27\.0 MB cut to 4\.0 kB\)$/);
    match(type, /^T+… \(1\.0 MB cut to 60 B\)$/);
    ok(JSON.stringify(await bench.status("large_error")).length < 50_000);
    ok(bench.served.printed.stderr.length - before < 100_000);
  });

  await test.step("the name and the message of an error cannot be read", async () => {
    await using reader = await bench.enable("odd_error");
    const { type } = await bench.failed("odd_error", reader, "retrying");
    equal(type, "DeviceError");
  });

  await test.step("a process that reports less memory than it has is ended by the kernel's figure", async () => {
    await using reader = await bench.enable("memory");
    const { type, message } = await bench.failed("memory", reader, "faulted");
    equal(type, "OutOfMemory");
    match(message, /took \d{3} MiB of memory; its limit is 150 MiB$/);
  });

  await test.step("the ten healthy devices lose no sample, and /health answers", () => bench.assertOthersUnaffected());
});

Deno.test("a driver that answers its load with a forged description is listed as failed", async () => {
  const FORGED = `
const content = new TextEncoder().encode('{"id":1,"result":{"name":null,"methods":[null],"params":{}}}');
const { write } = Deno.FsFile.prototype;
Deno.FsFile.prototype.write = async function (bytes) {
  await Reflect.apply(write, this, [new Uint8Array([1, 0, 1, 0, content.length, 0, 0, 0, ...content])]);
  return bytes.length;
};
`;
  await using served = await serveBench("devices: []", { drivers: [{ "forged.ts": FORGED }] });
  const { drivers } = await served.ask<{ drivers: { file: string; error?: { type: string } }[] }>("GET /drivers");
  equal(drivers.find(({ file }) => file === "forged.ts")?.error?.type, "ProtocolError");
  await served.ask("GET /openapi.json");
});
