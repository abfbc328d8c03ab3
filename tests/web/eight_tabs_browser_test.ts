/** More tabs of one browser than it opens connections to one daemon. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { Page, Request } from "playwright-core";
import { browserTest } from "../support/chromium.ts";
import { until } from "../support/until.ts";
import { calm, card, serve, untilNow } from "./plots_bench.ts";

/** A browser opens six connections to one daemon by HTTP/1.1. */
const TABS = 8;

browserTest(
  "eight tabs that are all shown load and show live values, by one stream; one is closed, and they go on",
  async (page) => {
    await using bench = await serve();
    const [one, two] = bench.instruments;
    one.push(0);
    two.push(0);
    const pages = [page];
    while (pages.length < TABS) pages.push(await page.context().newPage());
    for (const [i, tab] of pages.entries()) {
      await calm(tab);
      await tab.goto(bench.address(i % 2 ? "daq1,daq2" : "daq1"));
      await untilNow(card(tab, "daq1 · values"), "0");
    }
    const readers = () => bench.daemon.getDevice("daq1").status().stream.readers;
    await until(() => `one reader, not ${readers()}`, () => readers() === 1);

    const show = async (value: number) => {
      one.push(value);
      two.push(value);
      for (const tab of pages) {
        for (const plot of await tab.getByRole("region", { name: "· values" }).all()) {
          await untilNow(plot, String(value));
        }
        equal(await tab.getByRole("region", { name: "Missing samples" }).count(), 0);
      }
    };
    await show(1);
    await show(2);

    // The first one has the stream for the others.
    await pages.shift()!.close();
    await show(3);
    await until(() => `one reader, not ${readers()}`, () => readers() === 1);
    await show(4);
    for (const tab of pages) {
      equal((await tab.getByRole("alert").allInnerTexts()).join(""), "");
    }
  },
);

browserTest(
  "eight tabs of the bench show live values by one stream, also without a secure page's locks",
  async (page) => {
    // A page that came by plain HTTP from another computer has none.
    await page.context().addInitScript("delete Navigator.prototype.locks");
    await using bench = await serve();
    const [one] = bench.instruments;
    await bench.daemon.getDevice("daq1").startStreaming();
    one.push(0.5);
    const requests = new Set<Request>();
    const isStream = (url: string) => new URL(url).pathname === "/stream";
    page.context().on("request", (request) => isStream(request.url()) && requests.add(request));
    page.context().on("requestfailed", (request) => requests.delete(request));
    page.context().on("requestfinished", (request) => requests.delete(request));
    const open = () => [...requests].filter((request) => !request.frame().page().isClosed()).length;
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
    for (const tab of pages) equal((await tab.getByRole("alert").allInnerTexts()).join(""), "");
  },
);

browserTest("tabs whose own streams have all connections make room for the one that they share", async (page) => {
  await using bench = await serve();
  const [one] = bench.instruments;
  one.push(0);
  await calm(page);
  await page.goto(bench.address("daq1"));
  await untilNow(card(page, "daq1 · values"), "0");
  // It has the lock behind the first tab, and shares nothing.
  const blocker = await page.context().newPage();
  await blocker.goto(bench.address("daq1").replace(/#.*/, "health"));
  await blocker.evaluate(`{
    const name = "labdaemon streams " + location.origin;
    window.released = new Promise((resolve) => window.release = resolve);
    void navigator.locks.request(name, () => window.released);
  }`);
  const tabs = [];
  while (tabs.length < TABS - 1) tabs.push(await page.context().newPage());
  for (const tab of tabs) {
    await calm(tab);
    await tab.goto(bench.address("daq1"));
    await untilNow(card(tab, "daq1 · values"), "0");
  }
  const readers = () => bench.daemon.getDevice("daq1").status().stream.readers;
  await until(() => `one reader, not ${readers()}`, () => readers() === 1);
  await page.close();
  await until(() => `six readers, not ${readers()}`, () => readers() === 6);
  await blocker.evaluate("window.release()");
  await until(() => `one reader, not ${readers()}`, () => readers() === 1);
  one.push(5);
  for (const tab of tabs) await untilNow(card(tab, "daq1 · values"), "5");
});
