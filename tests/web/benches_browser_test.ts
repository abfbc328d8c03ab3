/** The dashboard of a view: all benches of a hub. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import { browserTest } from "../support/chromium.ts";
import { hubbedBench, openView } from "../support/hub_view.ts";
import { natsServer } from "../support/nats_server.ts";
import { serveApp } from "../support/served_app.ts";
import { until } from "../support/until.ts";

browserTest(
  "the page of a view has all benches, commands their devices, and marks the values of one that went as stale",
  async (page) => {
    await using server = await natsServer();
    await using lab3 = await hubbedBench(server, "lab3");
    await using lab4 = await hubbedBench(server, "lab4");
    await using view = await openView(server, ["lab3", "lab4"]);
    await using served = serveApp(() => view.app);
    for (const { device } of [lab3, lab4]) await device.connect();
    await page.goto(served.origin);
    const rows = page.locator(".benches tbody tr");
    await rows.nth(1).waitFor();
    await page.getByText("2 benches: 2 there, 0 away; 2 devices, 0 alarms firing").waitFor();
    await page.getByRole("searchbox").fill("lab4 daq");
    await rows.getByRole("link", { name: "daq1" }).waitFor();
    equal(await rows.count(), 1);
    equal(await violationsOf(page), []);
    await page.setViewportSize({ width: 380, height: 900 });
    equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);

    // The plots of two benches, on one stream.
    await page.goto(`${served.origin}/#/plots?devices=lab3%2Fdaq1,lab4%2Fdaq1`);
    await page.locator(".plot, figure, canvas").first().waitFor();
    lab3.instrument.push(1.25);
    lab4.instrument.push(7.5);
    await page.getByRole("cell", { name: "1.25" }).first().waitFor();
    await page.getByRole("cell", { name: "7.5" }).first().waitFor();

    await page.goto(`${served.origin}/#/benches/lab4`);
    // Its only reader has left: the page asks nothing before it disconnects.
    const status = () => view.ask("GET /devices/lab4/daq1");
    await until("the view knows of no reader", async () => (await status()).body.stream.readers === 0);
    await page.reload();
    await page.getByText("Connected", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByText("Disconnected", { exact: true }).waitFor();
    equal(lab4.device.state, "disconnected");
    await page.goto(`${served.origin}/#/drivers`);
    await page.getByRole("heading", { name: /of lab4/ }).waitFor();
    equal(await page.locator(".driver", { hasText: "of lab4" }).getByRole("link", { name: /^lab3/ }).count(), 0);
    await page.goto(`${served.origin}/#/benches/lab4`);
    await page.getByRole("link", { name: "All benches" }).click();
    await rows.nth(1).waitFor();

    await lab3.hub.close();
    await page.goto(`${served.origin}/#/bench`);
    const tile = page.locator(".tile", { hasText: "lab3/daq1" });
    await tile.getByText(/Unknown · was/).waitFor();
    await tile.getByText("1.25").waitFor();
  },
);
