/// <reference lib="dom" />
import { violationsOf } from "../support/axe.ts";
import assert from "node:assert/strict";
import { browserTest } from "../support/chromium.ts";
import { until } from "../support/until.ts";
import {
  BLUE,
  calm,
  card,
  missing,
  now,
  RED,
  saved,
  serve,
  streamsOf,
  untilDrawn,
  untilNow,
  untilReaders,
} from "./plots_bench.ts";

browserTest(
  "several devices are plotted over one connection, each with its name, unit and newest value",
  async (page) => {
    await using server = await serve();
    const streams = streamsOf(page);
    server.instruments[0].push(1.5, 2.5);
    server.instruments[1].push(-7);
    await page.goto(server.address("daq1,daq2,meter1"));

    await untilNow(card(page, "daq1 · values"), "2.5");
    await untilNow(card(page, "daq2 · values"), "-7");
    await now(card(page, "meter1 · V")).filter({ hasText: /^5 V$/ }).waitFor();
    await until("the state is shown", async () => /ok\s+yes/.test(await card(page, "meter1 · states").innerText()));
    await untilDrawn(card(page, "daq1 · values"), BLUE);
    // The words for a screen reader follow at most every five seconds.
    await card(page, "daq1 · values").getByRole("img", { name: /value 2\.5/ }).waitFor();
    assert.equal(streams.length, 1);
    assert.equal(streams[0].searchParams.get("thin"), "minmax");
    assert.equal(server.daemon.getDevice("daq1").status().stream.readers, 1);

    await page.goto(server.address("").replace(/#.*/, "#/drivers"));
    await untilReaders(page, 0);
  },
);

browserTest("a gap is drawn and listed with its time, device, size and reason", async (page) => {
  await using server = await serve();
  await page.goto(server.address("meter1"));
  await missing(page).waitFor();
  assert.match(
    await missing(page).innerText(),
    /\d:\d\d.* (ms|s) meter1 3 samples missing: lost before the daemon received them$/,
  );
  await untilDrawn(card(page, "meter1 · V"), RED);
});

browserTest("a waveform is drawn over its index with its number and time, and saved as sent", async (page) => {
  await using server = await serve();
  await page.goto(server.address("meter1"));
  const wave = card(page, "meter1 · wave");
  const shown = wave.getByText("Sample #4");
  await shown.waitFor();
  assert.match(await shown.innerText(), /^Sample #4 of .*: 100 points, from -0\.99\d+ A to 0\.99\d+ A$/);
  await untilDrawn(wave, BLUE);
  await wave.getByLabel("Draw the last").check();
  const { name, rows } = await saved(page, wave.getByRole("button", { name: "Save as CSV" }));
  assert.match(name, /^meter1-wave-\d{4}-\d\d-\d\dT[\d-]+Z?\.csv$/);
  assert.deepEqual(rows[0], ["device_id", "sequence", "timestamp", "index", "wave [A]"]);
  assert.equal(rows.length, 1 + 2 * 100);
  assert.deepEqual(
    rows.slice(101).map((row) => Number(row[4])),
    Array.from({ length: 100 }, (_, i) => Math.sin(i / 10)),
  );
});

browserTest("channels are chosen by check boxes", async (page) => {
  await using server = await serve();
  await page.goto(server.address("meter1"));
  await page.locator("summary").filter({ hasText: "Channels of meter1: 3 of 3 drawn" }).click();
  await page.getByRole("checkbox", { name: "voltage.out" }).uncheck();
  await page.locator("summary").filter({ hasText: "Channels of meter1: 2 of 3 drawn" }).waitFor();
  await page.getByRole("checkbox", { name: "voltage.out" }).check();
  await page.getByRole("checkbox", { name: "wave" }).uncheck();
  await card(page, "meter1 · wave").waitFor({ state: "detached" });
  const rows = await card(page, "meter1 · V").getByRole("row").allInnerTexts();
  assert.deepEqual(rows.slice(1).map((row) => row.replace(/\s+/g, " ").trim()), [
    "voltage.in 5 V 5 V 5 V",
    "voltage.out 0.25 V 0.25 V 0.25 V",
  ]);
});

browserTest(
  "the address names the plotted devices, and a page without any starts no instrument",
  async (page) => {
    await using server = await serve();
    const streams = streamsOf(page);
    await page.goto(server.address("").replace(/\?.*/, ""));
    await page.getByText("Choose the devices that you want to see").waitFor();
    assert.equal(streams.length, 0);
    assert.equal(await page.getByRole("checkbox", { name: "dial1 Cannot stream" }).isDisabled(), true);

    server.instruments[1].push(4);
    await page.getByRole("checkbox", { name: "daq2" }).check();
    await untilNow(card(page, "daq2 · values"), "4");
    assert.match(page.url(), /#\/plots\?devices=daq2$/);
    await page.getByRole("checkbox", { name: "daq1" }).check();
    await card(page, /^daq1/).waitFor();
    assert.match(page.url(), /devices=daq2%2Cdaq1$/);
    await page.goBack();
    await card(page, /^daq1/).waitFor({ state: "detached" });
  },
);

browserTest(
  "the plots have no accessibility violations, light and dark, on a phone and on a wide screen",
  async (page) => {
    await using server = await serve();
    server.instruments[0].push(1, 2);
    await calm(page);
    await page.setViewportSize({ width: 380, height: 900 });
    await page.goto(server.address("daq1,meter1,unknown1"));
    await missing(page).waitFor();
    await page.locator(".channel-choice summary").click();
    await page.locator(".plot-options summary").first().click();
    await page.getByRole("button", { name: "Measure" }).click();
    await page.getByRole("button", { name: "Statistics" }).click();
    for (const [colorScheme, width] of [["light", 380], ["dark", 380], ["light", 1600], ["dark", 1600]] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await violationsOf(page), [], `${colorScheme} ${width}`);
      const needed = await page.locator("body").evaluate((body: { scrollWidth: number }) => body.scrollWidth);
      assert.ok(needed <= width, `${needed} px on ${width}`);
    }
  },
);
