import { deepEqual as equal } from "node:assert/strict";
import { z } from "zod";
import type { DeviceStatus, DriverStatus, JsonSchema } from "../../lib/client/mod.ts";
import { offersFor } from "../../web/devices/actions.ts";
import { adviceOnError, isEarlierError, TO_CHANGE } from "../../web/devices/advice.ts";
import { optionsOf } from "../../web/bench/driver_of.ts";
import { permissionWords } from "../../web/drivers/permissions.ts";
import { isLong, shortJson } from "../../web/words/short_json.ts";
import { signatureOf, typeOf } from "../../web/drivers/signature.ts";
import { changesOf, stateOf, summaryOf, toneOf, wordsOf } from "../../web/words/states.ts";
import { whereInFile } from "../../web/drivers/driver_file.ts";
import { formOf } from "../../web/form/form_of.ts";

const STATES = ["disconnected", "connecting", "connected", "streaming", "retrying", "faulted"] as const;
const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });

Deno.test("each state offers the actions that are possible in it", () => {
  const offered = (state: DeviceStatus["state"], { disabled = false, streams = null as boolean | null } = {}) =>
    offersFor({ state, disabled, streams }).map(({ word, not }) => not ? `(${word})` : word).join(" ");
  equal(STATES.map((state) => offered(state)), [
    "Connect (Start) Disable Remove",
    "Disconnect (Start) Disable Remove",
    "Disconnect Start Disable Remove",
    "Disconnect Stop Disable Remove",
    "Try now Disconnect (Start) Disable Remove",
    "Connect Disconnect (Start) Disable Remove",
  ]);
  equal(offered("disconnected", { disabled: true }), "(Connect) (Start) Enable Remove");
  equal(offered("connected", { streams: true }), "Disconnect Start Disable Remove");
  equal(offered("connected", { streams: false }), "Disconnect Disable Remove");
});

const NOW = Date.parse("2026-01-01T00:00:10Z");
const error = {
  type: "DeviceError",
  message: "no answer",
  origin: "device",
  failure_source: "instrument",
  timestamp: "",
  context: {},
} as const;
const fromDriver = { ...error, failure_source: "driver" } as const;
const device = (facts: Partial<DeviceStatus>) =>
  ({
    device_type: "Meter",
    state: "retrying",
    streams: null,
    disabled: false,
    retry_at: null,
    last_error: error,
    params: { port: 5025 },
    stream: samples(7),
    ...facts,
  }) as DeviceStatus;
const samples = (sequence: number) => ({ sequence }) as DeviceStatus["stream"];
const METER = [{ name: "Meter", status: "loaded" } as DriverStatus];
const advice = (facts: Partial<DeviceStatus>, drivers = METER) =>
  adviceOnError(device(facts), drivers, NOW).map(({ text, code }) => code ?? text);

Deno.test("an error has advice and the daemon's next step", () => {
  equal(advice({ retry_at: "2026-01-01T00:00:14Z" }), [
    "Is the instrument on, and its cable in?",
    "Next try in 4.0 s. It reconnects until the instrument answers, or until you disconnect it.",
  ]);
  equal(advice({ state: "faulted" }), ["It does not reconnect by itself. Connect it to try again."]);
  equal(advice({ state: "streaming" }), ["The device works again. Dismiss this when you have read it."]);
  equal(advice({ state: "disconnected", disabled: true }), ["It is disabled. Enable it to try again."]);
  equal(advice({ last_error: null }), []);
});

Deno.test("an old error is not the cause of a later disconnect by hand", () => {
  const stale = { ...error, timestamp: "2026-01-01T00:00:00Z" };
  const isEarlier = (state: DeviceStatus["state"], state_since: string) =>
    isEarlierError(device({ state, state_since, last_error: stale }));
  equal(isEarlier("disconnected", "2026-01-01T00:36:00Z"), true);
  equal(isEarlier("disconnected", "2026-01-01T00:00:00Z"), false);
  equal(isEarlier("faulted", "2026-01-01T00:36:00Z"), false);
  equal(advice({ state: "disconnected", state_since: "2026-01-01T00:36:00Z", last_error: stale }), [
    "Connect it to try again, or dismiss this.",
  ]);
});

for (
  const [type, text] of [
    ["ProcessExited", "The driver's process exited; contact its author."],
    ["ProcessHangs", "The driver's process hangs; contact its author."],
    ["ProtocolError", "The driver failed; contact its author."],
    ["MethodHangs", "The driver failed; contact its author."],
    ["VendorCrash", "The driver failed; contact its author."],
  ]
) {
  Deno.test(`a failure "${type}" that the daemon attributes to the driver does not send the person to the cable`, () => {
    equal(advice({ last_error: { ...fromDriver, type }, retry_at: "2026-01-01T00:00:14Z" }), [
      text,
      "Next try in 4.0 s. After too many failures (restart in the bench file) it does not reconnect.",
    ]);
  });
}

Deno.test("without a failure source the advice does not guess one", () => {
  equal(advice({ last_error: { ...error, failure_source: undefined } }), [
    "The next try is due. It reconnects until the instrument answers, or until you disconnect it.",
  ]);
});

Deno.test("a failure of the daemon sends the person to its log", () => {
  equal(advice({ last_error: { ...error, failure_source: "daemon" } })[0], "The daemon failed; its log says more.");
});

Deno.test("a state has one colour on every page", () => {
  equal(STATES.map(toneOf), STATES.map((state) => stateOf({ state, disabled: false }).tone));
});

Deno.test("wrong parameters do not lead to the advice to connect", () => {
  const [only, ...more] = advice({ state: "faulted", last_error: { ...error, type: "InvalidRequest" } });
  equal([only.startsWith("Its parameters do not fit its driver."), more], [true, []]);
});

Deno.test("an unproven address leads to the advice on changing parameters", () => {
  const said = (facts: Partial<DeviceStatus>) =>
    adviceOnError(device({ stream: samples(0), ...facts }), METER, NOW).filter(({ again }) => again).map(({ text }) =>
      text
    );
  const doubts = [`Are its parameters right? ${TO_CHANGE}`];
  equal(said({}), doubts);
  equal(said({ state: "faulted", last_error: { ...error, type: "DeviceTimeout" } }), doubts);
  equal(said({ last_error: { ...fromDriver, type: "ProcessExited" } }), []);
  equal(said({ stream: samples(7) }), []);
  equal(said({ streams: true }), doubts);
  equal(said({ streams: false }), []);
  equal(said({ params: {} }), []);
});

Deno.test("a denied permission comes with the line for the bench file", () => {
  const denied = (context: Record<string, unknown>) => ({ ...error, type: "PermissionDenied", context });
  const line = (context: Record<string, unknown>) => advice({ last_error: denied(context) })[0];
  equal(line({ permission: "net", target: "10.0.0.7:80" }), 'permissions: { add: { net: ["10.0.0.7:80"] } }');
  equal(line({ permission: "sys" }), "permissions: { add: { sys: true } }");
  const grants = { run: ["sh"], sys: true };
  equal(line({ permission: "sys", grants }), 'grants: { Meter: { run: ["sh"], sys: true } }');
});

Deno.test("a device without its driver leads to the drivers page only", () => {
  const [only, ...more] = adviceOnError(device({ state: "faulted", device_type: "Gone" }), METER, NOW);
  equal([only.place, more], ["drivers", []]);
});

Deno.test("changes between two polls are announced once", () => {
  const words = (states: Record<string, DeviceStatus["state"]>) =>
    wordsOf(Object.entries(states).map(([device_id, state]) => ({ device_id, state, disabled: false })));
  const before = words({ a: "connected", b: "streaming", c: "faulted" });
  equal(
    changesOf(before, words({ a: "connected", b: "retrying", d: "connected" })),
    "b: Trying again, d: Connected, c: removed",
  );
  equal(changesOf(before, before), "");
});

Deno.test("a summary counts devices by state", () => {
  const all = [["streaming", false], ["streaming", false], ["disconnected", true]] as const;
  equal(summaryOf(all.map(([state, disabled]) => ({ state, disabled }))), "3 devices: 2 streaming, 1 disabled");
});

Deno.test("a daemon that does not answer leaves its devices' states unknown and grey, with the last one known", () => {
  const standing = { state: "streaming", disabled: false } as const;
  const { word, tone } = stateOf(standing, true);
  equal([word, tone], ["Unknown · was streaming", "soft"]);
  equal(stateOf({ ...standing, disabled: true }, true).word, "Unknown · was disabled");
  equal(summaryOf([standing, standing], true), "2 devices, unknown now; last known: 2 streaming");
});

Deno.test("permissions in words", () => {
  equal([null, {}, { net: [] }, { net: ["a:1", "b:2"], run: true }].map(permissionWords), [
    "nothing: no network, no files",
    "nothing: no network, no files",
    "nothing: no network, no files",
    "network: a:1, b:2; run programs: everything",
  ]);
});

Deno.test("a short value is shown as it is, a long one by its beginning, with how much there is more", () => {
  equal(shortJson({ a: [1, 2], b: "x", c: null, d: {} }), '{"a": [1, 2], "b": "x", "c": null, "d": {}}');
  equal(shortJson(Array.from({ length: 1024 }, (_, n) => n)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 1,014 more]");
  equal(shortJson({ text: "x".repeat(1000) }), `{\n  "text": "${"x".repeat(100)}"… (1,000 characters)\n}`);
  equal([isLong([1]), isLong({ a: { b: Array(21) } }), isLong("x".repeat(401))], [false, true, true]);
});

Deno.test("a signature reads as in a program, with units", () => {
  const input = schemaOf(z.object({
    volts: z.number().meta({ unit: "V" }),
    mode: z.enum(["slow", "fast"]).default("slow"),
    channels: z.array(z.int()).optional(),
    names: z.array(z.string().nullable()).optional(),
    range: z.tuple([z.number(), z.number()]).optional(),
  }));
  equal(
    signatureOf({ name: "set", doc: "", parameters: [], input }),
    'set(volts: number V, mode?: "slow" | "fast", channels?: number[], names?: (string | null)[], range?: [number, number])',
  );
  const sample = schemaOf(z.object({ t: z.number().meta({ unit: "°C" }), by: z.record(z.string(), z.number()) }));
  equal(typeOf(formOf(sample)), "{ t: number °C; by: object }");
});

Deno.test("the place of an error is found in its message, where it names one", () => {
  const places = [
    "SyntaxError: Expected ','\n    at broken.ts:3:9",
    "at file:///lab/drivers/my%20laser.ts:12:5",
    "Cannot read properties of undefined",
    "no answer from 10.0.0.7:80:1",
  ].map(whereInFile);
  equal(places, [
    { file: "broken.ts", line: 3, column: 9 },
    { file: "my laser.ts", line: 12, column: 5 },
    undefined,
    undefined,
  ]);
});

Deno.test("the options of a run begin with those of the bench file", () => {
  const schema = z.object({ sample_rate: z.number().default(10), channel: z.string(), gain: z.number() });
  const driver = { options: schemaOf(schema) as JsonSchema } as DriverStatus;
  const { properties, required } = optionsOf({ options: { sample_rate: 100, channel: "x" } }, driver) as {
    properties: Record<string, { default?: unknown }>;
    required: string[];
  };
  equal([properties.sample_rate.default, properties.channel.default, required], [100, "x", ["gain"]]);
  equal(optionsOf({ options: {} }, { options: schemaOf(z.object({})) as JsonSchema } as DriverStatus), undefined);
});
