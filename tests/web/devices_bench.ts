import type { Page } from "playwright-core";
import { z } from "zod";
import { createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver, every } from "../../lib/mod.ts";
import { benchOf } from "../support/bench.ts";
import { inlineHistory } from "../support/inline_history.ts";
import { serveApp } from "../support/served_app.ts";

/** A cable that a test pulls and puts back. */
export interface Cable {
  isIn: boolean;
  /** The instrument never answers. */
  isSlow?: boolean;
}

/** An instrument with params, options and methods of all kinds. */
function meter(cable: Cable) {
  return defineDriver({
    name: "Meter",
    summary: "A meter with every kind of parameter",
    params: z.object({
      host: z.ipv4().meta({ description: "Where it is on the network" }),
      port: z.int().min(1).max(65535).default(5025),
      gain: z.number().positive().max(100).default(1).meta({ unit: "dB", description: "Amplifier gain" }),
      mode: z.enum(["slow", "fast"]).default("slow"),
      averaging: z.boolean().default(true),
      channels: z.array(z.int().min(0).max(7)).min(1).default([0, 1]),
      names: z.array(z.string().min(2)).default(["left", "right"]),
      range: z.object({ low: z.number().default(0), high: z.number().default(10) }).prefault({}),
      trigger: z.discriminatedUnion("by", [
        z.object({ by: z.literal("software") }),
        z.object({ by: z.literal("edge"), level: z.number().meta({ unit: "V" }) }),
      ]).default({ by: "software" }),
      offset: z.number().nullable().default(null).meta({ unit: "V" }),
      labels: z.record(z.string(), z.number()).default({}),
      calibration: z.object({ slope: z.number() }).optional(),
    }),
    options: z.object({ sample_rate: z.number().positive().max(1000).default(50).meta({ unit: "Hz" }) }),
    sample: z.number().meta({ unit: "V" }),
    create: () => ({
      async connect(signal) {
        if (cable.isSlow) {
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        }
        if (!cable.isIn) throw new Error("Cannot reach the meter: the cable is out");
      },
      async *stream(signal, { sample_rate }) {
        for await (const n of every(1000 / sample_rate, signal)) {
          if (!cable.isIn) throw new Error("The meter fell silent: the cable is out");
          yield n;
        }
      },
    }),
    methods: {
      scale: {
        summary: "Multiply",
        input: z.object({ volts: z.number().min(0).max(50).meta({ unit: "V" }), by: z.number().default(2) }),
        run: (_, { volts, by }) => volts * by,
      },
      spectrum: { summary: "A long list", run: () => Array.from({ length: 2048 }, (_, n) => n) },
      reset: { run: () => {} },
      refuse: {
        run: () => {
          throw new RangeError("The meter does not want to");
        },
      },
    },
  });
}

/** The state of a supply, which a test changes as a person at the instrument would. */
export interface SupplyState {
  voltage: number;
  output: boolean;
  mode: "cc" | "cv";
  /** The instrument rounds to this. */
  resolution: number;
}

/** An instrument with properties of all kinds. */
export function supply(state: SupplyState) {
  return defineDriver({
    name: "Supply",
    create: () => ({}),
    properties: {
      voltage: {
        summary: "Of the output",
        schema: z.number().min(0).max(30).meta({ unit: "V", step: 0.5 }),
        get: () => state.voltage,
        set: (_, value) => {
          state.voltage = Math.round(value / state.resolution) * state.resolution;
        },
      },
      mode: { schema: z.enum(["cc", "cv"]), get: () => state.mode, set: (_, value) => state.mode = value },
      current: { schema: z.number().meta({ unit: "A" }), get: () => 0.25 },
      output: { schema: z.boolean(), get: () => state.output, set: (_, value) => state.output = value },
    },
  });
}

const BROKEN = `import { defineDriver } from "labdaemon/driver";
export default defineDriver({ name: "Broken", create: () => ({})
  methods: {} });
`;

/** A driver file that a test saves again. */
export const dial = (params: string) =>
  `import { defineDriver } from "labdaemon/driver";
import { z } from "zod";
export default defineDriver({ name: "Dial", params: z.object({ ${params} }), create: () => ({}) });
`;

/** A bench behind a socket, with a dashboard to look at it. The driver "Meter" runs in the test itself. */
export function dashboard() {
  const daemon = new LabDaemon();
  return dashboardOf(daemon, () => daemon.shutdown());
}

/** The driver files of a bench: "Nosy" and "Dial", and one that does not load. */
const FILES = {
  "nosy.ts": "nosy.ts",
  "broken.ts": { "broken.ts": BROKEN },
  "dial.ts": { "dial.ts": dial("port: z.string()") },
};

/** The same with driver files, each in processes of its own. */
export async function dashboardWithFiles(...names: (keyof typeof FILES)[]) {
  const files = await benchOf(...names.map((name) => FILES[name]));
  return { folder: files.folder, ...dashboardOf(files.daemon, () => files[Symbol.asyncDispose]()) };
}

function dashboardOf(daemon: LabDaemon, close: () => PromiseLike<void>) {
  const cable: Cable = { isIn: true };
  daemon.registerPlugins({ devices: { Meter: meter(cable) } });
  return { daemon, cable, ...serve(daemon, close) };
}

/** A bench with nothing on it, and so many devices. */
export async function crowd(devices: number) {
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Meter: meter({ isIn: true }) } });
  for (let n = 0; n < devices; n++) await daemon.addDevice(`meter${n}`, "Meter", { host: "10.0.0.1" });
  return { daemon, ...serve(daemon, () => daemon.shutdown()) };
}

function serve(daemon: LabDaemon, close: () => PromiseLike<void>) {
  const app = createApp(daemon, { host: "127.0.0.1", startHistory: inlineHistory });
  const { origin, goDown, comeBack } = serveApp(() => app);
  return {
    url: (place: string) => `${origin}/#/${place}`,
    goDown,
    comeBack,
    async [Symbol.asyncDispose]() {
      await goDown();
      await close();
    },
  };
}

/** Resolves when the page has looked at the bench so many times more. */
export async function looks(page: Page, times = 2): Promise<void> {
  for (let n = 0; n < times; n++) {
    const answer = await page.waitForResponse((response) => new URL(response.url()).pathname === "/devices");
    await answer.finished();
  }
}

/** One device of the list. */
export const row = (page: Page, id: string) =>
  page.locator("li.device").filter({ has: page.getByRole("link", { name: id, exact: true }) });
