/// <reference lib="dom" />
import { ok } from "node:assert/strict";
import type { Download, Locator, Page } from "playwright-core";
import { z } from "zod";
import { BYTE_ORDER_MARK } from "../../lib/format/csv.ts";
import { createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver, Lost } from "../../lib/mod.ts";
import { untilSo } from "../support/chromium.ts";
import { inlineHistory } from "../support/inline_history.ts";
import { serveApp } from "../support/served_app.ts";
import { ScriptedInstrument } from "../support/scripted_driver.ts";
import { until } from "../support/until.ts";

/** An instrument with two channels of a unit, a waveform, a boolean and a loss. It then waits. */
export const Meter = defineDriver({
  name: "Meter",
  sample: z.object({
    voltage: z.object({ in: z.number().meta({ unit: "V" }), out: z.number().meta({ unit: "V" }) }),
    wave: z.array(z.number().meta({ unit: "A" })),
    ok: z.boolean(),
  }),
  create: () => ({
    async *stream(signal: AbortSignal) {
      const wave = Float64Array.from({ length: 100 }, (_, i) => Math.sin(i / 10));
      const sample = { voltage: { in: 5, out: 0.25 }, wave, ok: true };
      yield sample;
      yield new Lost(3);
      yield sample;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  }),
});

/** An instrument without a stream. */
export const Dial = defineDriver({ name: "Dial", create: () => ({}) });

/** Devices "daq1" and "daq2" on scripted instruments, "meter1" and "dial1", behind a real socket. */
export async function serve() {
  const instruments = [new ScriptedInstrument(), new ScriptedInstrument()];
  const begin = async () => {
    const daemon = new LabDaemon();
    daemon.registerPlugins({ devices: { One: instruments[0].driver, Two: instruments[1].driver, Meter, Dial } });
    await daemon.addDevice("daq1", "One");
    await daemon.addDevice("daq2", "Two");
    await daemon.addDevice("meter1", "Meter");
    await daemon.addDevice("dial1", "Dial");
    await Promise.all(daemon.devices().map((device) => device.connect()));
    return { daemon, app: createApp(daemon, { host: "127.0.0.1", startHistory: inlineHistory }) };
  };
  let { daemon, app } = await begin();
  const served = serveApp(() => app);
  return {
    instruments,
    get daemon() {
      return daemon;
    },
    address: (devices: string) => `${served.origin}/#/plots?devices=${devices}`,
    goDown: served.goDown,
    comeBack: served.comeBack,
    /** Restarts the daemon, with another epoch. */
    async restart() {
      await served.goDown();
      await daemon.shutdown();
      ({ daemon, app } = await begin());
      await served.comeBack();
    },
    async [Symbol.asyncDispose]() {
      await served.goDown();
      await daemon.shutdown();
    },
  };
}

export const untilReaders = (page: Page, count: number) =>
  untilSo(page, async (count) => (await (await fetch("/devices/daq1")).json()).stream.readers === count, count);

/** Plots move once a second: those that move with each frame take much of a core, and some tests wait for seconds. */
export const calm = (page: Page) => page.emulateMedia({ reducedMotion: "reduce" });

export const card = (page: Page, name: string | RegExp) => page.getByRole("region", { name });

export const now = (card: Locator) => card.getByRole("cell").first();

export const untilNow = (card: Locator, value: string) =>
  card.getByRole("row").filter({ hasText: new RegExp(`^\\s*value\\s*${value}\\b`) }).waitFor();

/** Waits until the newest value is at least this large. */
export async function untilAtLeast(card: Locator, least: number): Promise<void> {
  await until(`the newest value is at least ${least}`, async () => parseFloat(await now(card).innerText()) >= least);
}

export const missing = (page: Page) => page.getByRole("region", { name: "Missing samples" }).getByRole("listitem");

/** The requests for streams of a page. */
export function streamsOf(page: Page): URL[] {
  const found: URL[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === "/stream") found.push(url);
  });
  return found;
}

export const pictureOf = (card: Locator) =>
  card.locator("canvas").evaluateAll(([canvas]) => (canvas as HTMLCanvasElement).toDataURL());

/** The picture of a card's plot, once it has stood still through five answers of the daemon, each with two frames. */
export async function stillPictureOf(card: Locator): Promise<string> {
  let [picture, same] = ["", 0];
  await until("the picture stands still", async () => {
    const next = await card.locator("canvas").evaluateAll(async ([canvas]) => {
      await (await fetch("/health")).text();
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return (canvas as HTMLCanvasElement).toDataURL();
    });
    same = next === picture ? same + 1 : 0;
    picture = next;
    return same === 5;
  });
  return picture;
}

/** Waits until something of this colour is drawn on a card's plot. */
export async function untilDrawn(card: Locator, [red, green, blue]: number[]): Promise<void> {
  const canvas = card.locator("canvas");
  await canvas.waitFor();
  await canvas.evaluateAll(([canvas], [red, green, blue]) =>
    new Promise<void>((resolve, reject) => {
      const limit = performance.now() + 60_000;
      const look = () => {
        const { width, height } = canvas as HTMLCanvasElement;
        const { data } = (canvas as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
        const isThere = data.some((_, i) =>
          i % 4 === 0 && data[i] === red && data[i + 1] === green && data[i + 2] === blue
        );
        if (isThere) resolve();
        else if (performance.now() > limit) reject(new Error(`nothing is drawn in ${red}, ${green}, ${blue}`));
        else setTimeout(look, 50);
      };
      look();
    }), [red, green, blue]);
}

/** Colours of the light scheme: the first channel, a gap, and a time of which nothing is known. */
export const BLUE = [0x2a, 0x78, 0xd6];

export const RED = [0xb3, 0x26, 0x1e];

export const WARN = [0x8a, 0x52, 0x00];

/** The file that a button saves. */
export async function saved(page: Page, button: Locator): Promise<{ name: string; rows: string[][] }> {
  const downloaded: Promise<Download> = page.waitForEvent("download");
  await button.click();
  const download = await downloaded;
  const file = await Deno.readTextFile(await download.path());
  ok(file.startsWith(BYTE_ORDER_MARK), "Excel reads ° by the byte order mark");
  const text = file.slice(BYTE_ORDER_MARK.length);
  return { name: download.suggestedFilename(), rows: text.trimEnd().split("\n").map((line) => line.split(",")) };
}

export const exported = (page: Page) => saved(page, page.getByRole("button", { name: "Export CSV" }));
