/// <reference lib="dom" />
import assert from "node:assert/strict";
import { browserTest } from "../support/chromium.ts";
import { calm, card, now, serve, untilDrawn, untilNow, WARN } from "./plots_bench.ts";

browserTest(
  "the plot shows the state and the error of a failed device until it works again",
  async (page) => {
    await using server = await serve();
    const [instrument] = server.instruments;
    instrument.push(1);
    await page.goto(server.address("daq1,daq2"));
    const plot = card(page, "daq1 · values");
    await untilNow(plot, "1");

    instrument.next("connect", () => {
      throw new Error("the cable is not plugged in");
    });
    instrument.drop("the line broke");
    await plot.getByText("Trying again").waitFor();
    await plot.getByText(/the line broke|the cable is not plugged in/).waitFor();
    await card(page, /^daq2/).getByText("Streaming", { exact: true }).waitFor();

    instrument.push(2);
    await untilNow(plot, "2");
    await plot.getByText("Streaming", { exact: true }).waitFor();
  },
);

browserTest(
  "an unknown device is shown as such beside the others; once added it is plotted",
  async (page) => {
    await using server = await serve();
    server.instruments[0].push(1);
    await page.goto(server.address("daq1,new1"));
    await untilNow(card(page, "daq1 · values"), "1");
    await card(page, "new1").getByText("The daemon has no device of this name.").waitFor();

    await (await server.daemon.addDevice("new1", "Meter")).connect();
    await card(page, "new1 · V").getByRole("cell", { name: "5 V" }).first().waitFor();
    await server.daemon.removeDevice("new1");
    await card(page, "new1 · V").getByText("Not on the bench").waitFor();
  },
);

browserTest(
  "a device that a restarted daemon lacks keeps its unit, and is shown as not on the bench",
  async (page) => {
    await using server = await serve();
    await (await server.daemon.addDevice("new1", "Meter")).connect();
    await calm(page);
    await page.goto(server.address("new1"));
    const plot = card(page, "new1 · V");
    await plot.getByRole("cell", { name: "5 V" }).first().waitFor();

    await server.restart();
    await plot.getByText("Not on the bench").waitFor();
    await untilDrawn(plot, WARN);
    assert.equal(await now(plot).innerText(), "5 V");
  },
);
