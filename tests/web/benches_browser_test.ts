/** The dashboard of a view: all benches of a hub. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import { browserTest } from "../support/chromium.ts";
import { hubbedBench, openView } from "../support/hub_view.ts";
import { natsServer } from "../support/nats_server.ts";
import { serveApp } from "../support/served_app.ts";
import { until } from "../support/until.ts";

/** Two benches of a hub, each with a device, and the page of a view over them. */
async function viewOfTwo() {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await natsServer());
  const lab3 = stack.use(await hubbedBench(server, "lab3"));
  const lab4 = stack.use(await hubbedBench(server, "lab4"));
  const view = stack.use(await openView(server, ["lab3", "lab4"]));
  const served = stack.use(serveApp(() => view.app));
  for (const { device } of [lab3, lab4]) await device.connect();
  const opened = stack.move();
  return { lab3, lab4, view, served, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

browserTest(
  "the page of a view has all benches, commands their devices, and marks the values of one that went as stale",
  async (page) => {
    await using benches = await viewOfTwo();
    const { lab3, lab4, view, served } = benches;
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

browserTest(
  "of a bench that is away, no page of a view says that it streams, and none asks it again and again",
  async (page) => {
    await using benches = await viewOfTwo();
    const { lab3, lab4, served, view } = benches;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${served.origin}/#/devices/lab3%2Fdaq1`);
    await page.getByRole("button", { name: "Watch live" }).click();
    const card = page.locator(".plot").first();
    await page.locator(".state").getByText("Streaming", { exact: true }).waitFor();
    lab3.instrument.push(1.25);
    await card.getByText("Streaming", { exact: true }).waitFor();
    // Without this it would stop with its last reader: those of the view go with the hub.
    await lab3.device.startStreaming();
    await lab3.hub.close();
    await card.getByText("Unknown · was streaming").waitFor();
    await card.getByText(/Its bench is away since/).waitFor();
    asked.length = 0;
    await until(
      "the page has asked for the devices three times",
      () => asked.filter((path) => path === "/devices").length >= 3,
    );
    equal(asked.filter((path) => path.startsWith("/devices/")), []);

    await page.goto(`${served.origin}/#/benches`);
    await page.getByText("last known: 1 streaming").waitFor();
    for (const size of [1000, 1100, 1300]) {
      await page.setViewportSize({ width: size, height: 800 });
      await page.goto(`${served.origin}/#/devices`);
      const button = page.getByRole("button", { name: "Remove" }).first();
      await button.waitFor();
      const { x, width } = (await button.boundingBox())!;
      ok(x + width <= size, `Remove ends at ${x + width} of ${size}`);
    }
    equal((await view.ask("POST /leases", { devices: ["lab4/daq1"], ttl: 600 })).status, 201);
    await page.goto(`${served.origin}/#/bench`);
    const tile = page.locator(".tile", { hasText: "lab3/daq1" });
    await tile.getByText(/^Its bench is away since [-\d]+ [:\d]+$/).waitFor();
    await tile.locator(".big.soft").waitFor();
    await tile.locator(".tile-foot").getByText(/^values of \d/).waitFor();
    // The owner is a person, and has no bench.
    await page.locator(".tile", { hasText: "lab4/daq1" }).getByText("leased by anyone", { exact: true }).waitFor();
    await lab4.hub.close();
    await page.goto(`${served.origin}/#/tasks`);
    await page.getByText(/^lab4 is away since [-\d]+ [:\d]+: what it has is not shown\.$/).waitFor();
    equal(await page.getByText("There is no task type").count(), 0);
    await page.goto(`${served.origin}/#/recordings`);
    await page.getByText(/^lab3 is away since/).waitFor();
    equal(await page.getByText("There is no recording yet").count(), 0);
  },
);
