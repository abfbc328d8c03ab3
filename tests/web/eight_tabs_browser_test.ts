/** More tabs of one browser than it opens connections to one daemon. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { BrowserContext, Page, Request } from "playwright-core";
import { browserTest } from "../support/chromium.ts";
import { until } from "../support/until.ts";
import { calm, card, serve, untilNow } from "./plots_bench.ts";

/** One more than the connections that a browser opens to one daemon by HTTP/1.1. */
const TABS = 7;

/** The pages of a context that have a stream open. */
function streamingPages(context: BrowserContext): () => Page[] {
  const requests = new Set<Request>();
  const isStream = (url: string) => new URL(url).pathname === "/stream";
  context.on("request", (request) => isStream(request.url()) && requests.add(request));
  context.on("requestfailed", (request) => requests.delete(request));
  context.on("requestfinished", (request) => requests.delete(request));
  return () => Array.from(requests, (request) => request.frame().page()).filter((page) => !page.isClosed());
}

const alerts = async (page: Page) => (await page.getByRole("alert").allInnerTexts()).join("");

browserTest(
  "eight tabs that are all shown load and show live values, by one stream; where each has its own, they make room for one",
  async (page) => {
    await using bench = await serve();
    const [one, two] = bench.instruments;
    const streaming = streamingPages(page.context());
    const load = async (tab: Page, devices: string) => {
      await calm(tab);
      await tab.goto(bench.address(devices));
      await untilNow(card(tab, "daq1 · values"), "0");
    };
    one.push(0);
    two.push(0);
    await load(page, "daq1");
    // It has the lock behind the first tab, and shares nothing.
    const blocker = await page.context().newPage();
    await blocker.goto(bench.address("daq1").replace(/#.*/, "health"));
    await blocker.evaluate(`{
      const name = "labdaemon streams " + location.origin;
      window.released = new Promise((resolve) => window.release = resolve);
      void navigator.locks.request(name, () => window.released);
    }`);
    const tabs: Page[] = [];
    while (tabs.length < TABS) tabs.push(await page.context().newPage());
    for (const [i, tab] of tabs.entries()) await load(tab, i % 2 ? "daq1" : "daq1,daq2");
    const readers = async (count: number) => {
      const now = () => bench.daemon.getDevice("daq1").status().stream.readers;
      await until(() => `${count} readers, not ${now()}`, () => now() === count);
    };
    await readers(1);

    const show = async (value: number, pages: Page[]) => {
      one.push(value);
      two.push(value);
      for (const tab of pages) {
        for (const plot of await tab.getByRole("region", { name: "· values" }).all()) {
          await untilNow(plot, String(value));
        }
        equal(await tab.getByRole("region", { name: "Missing samples" }).count(), 0);
      }
    };
    await show(1, [page, ...tabs]);
    await show(2, [page, ...tabs]);
    for (const tab of [page, ...tabs]) equal(await alerts(tab), "");

    // The first one has the stream for the others. Without it each asks for its own, and all connections are taken.
    await page.close();
    await readers(6);
    await blocker.evaluate("window.release()");
    await readers(1);
    await show(3, tabs);

    // The one that has the stream now is closed: another one takes it.
    await until("one tab has the stream", () => streaming().length === 1);
    const [holder] = streaming();
    await holder.close();
    const others = tabs.filter((tab) => tab !== holder);
    await show(4, others);
    await readers(1);
    await show(5, others);
    for (const tab of others) await until("no alert is left", async () => await alerts(tab) === "");
  },
);

browserTest(
  "seven tabs of the bench show live values by one stream, also without a secure page's locks",
  async (page) => {
    // A page that came by plain HTTP from another computer has none.
    await page.context().addInitScript("delete Navigator.prototype.locks");
    await using bench = await serve();
    const [one] = bench.instruments;
    await bench.daemon.getDevice("daq1").startStreaming();
    one.push(0.5);
    const streaming = streamingPages(page.context());
    const open = () => streaming().length;
    const pages = [page];
    while (pages.length < TABS) pages.push(await page.context().newPage());
    const shows = (tab: Page, value: string) => tab.locator("li.tile", { hasText: "daq1" }).getByText(value).waitFor();
    await Promise.all(pages.map(async (tab) => {
      await tab.goto(bench.address("").replace(/#.*/, "#/bench"));
      await shows(tab, "0.500");
    }));
    await until(() => `one stream, not ${open()}`, () => open() === 1);
    one.push(0.25);
    await Promise.all(pages.map((tab) => shows(tab, "0.250")));

    await pages.shift()!.close();
    one.push(0.75);
    await Promise.all(pages.map((tab) => shows(tab, "0.750")));
    await until(() => `one stream, not ${open()}`, () => open() === 1);
    for (const tab of pages) equal(await alerts(tab), "");
  },
);
