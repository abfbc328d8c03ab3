import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import { createApp } from "../../lib/http/app.ts";
import { browserTest } from "../support/chromium.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { serveApp } from "../support/served_app.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { until } from "../support/until.ts";

/** "daq1" behind a real socket. */
async function serve() {
  const bench = await scriptedBench({});
  const app = createApp(bench.daemon);
  const served = serveApp(() => app);
  return {
    origin: served.origin,
    async [Symbol.asyncDispose]() {
      app.close();
      await served[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}

browserTest("/docs shows the routes, tries one out but no stream, and asks the daemon only", async (page) => {
  await using server = await serve();
  const asked: string[] = [];
  const refused: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => /Content Security Policy/.test(message.text()) && refused.push(message.text()));

  await page.goto(`${server.origin}/docs`);
  for (const path of ["/devices", "/drivers", "/devices/daq1/call", "/stream/devices/daq1"]) {
    await page.locator(`[data-path="${path}"]`).first().waitFor();
  }
  await page.locator("#operations-Daemon-health").click();
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.getByRole("button", { name: "Execute" }).click();
  await page.locator(".live-responses-table").getByText("healthy").first().waitFor();
  // A stream does not end: /docs would wait for its answer, and keep the device streaming.
  const stream = page.locator(".opblock", { has: page.locator('[data-path="/stream/devices/daq1"]') });
  await stream.locator(".opblock-summary-control").click();
  await stream.getByText("The answer does not end").waitFor();
  equal(await stream.getByRole("button", { name: "Try it out" }).count(), 0);
  // What an operation refers to stands in its place, by its name.
  const add = page.locator(".opblock-post", { has: page.locator('[data-path="/devices"]') });
  await add.locator(".opblock-summary-control").click();
  await add.getByText("Schema", { exact: true }).first().click();
  await add.getByText("device_type", { exact: false }).first().waitFor();

  const origins = new Set(
    asked.map((url) => new URL(url)).filter(({ protocol }) => protocol !== "data:").map((url) => url.origin),
  );
  equal([...origins], [server.origin]);
  ok(asked.includes(`${server.origin}/health`));
  equal(refused, []);
});

browserTest("/docs commands by the session of the page, and leads to the log-in where there is none", async (page) => {
  await using tokens = await tokenFolder();
  await using bench = await scriptedBench({});
  await using served = serveApp(() => app);
  const app = createApp(bench.daemon, { host: "127.0.0.1", access: tokens.access });
  const { authorization } = await tokens.token("alice", "control");
  await page.goto(`${served.origin}/docs`);
  await page.getByRole("link", { name: "log in on the dashboard" }).click();
  await page.getByLabel("Token").fill(authorization.slice("Bearer ".length));
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("link", { name: "API" }).click();
  const operation = page.locator("#operations-Devices-connectDevice").or(
    page.locator('[data-path="/devices/{device_id}/connect"]'),
  );
  await operation.first().click();
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.getByPlaceholder("device_id").fill("daq1");
  await page.getByRole("button", { name: "Execute" }).click();
  await page.locator(".live-responses-table").getByText("connected").first().waitFor();
  equal(bench.device.state, "connected");
});

/** The type of the browser, which Deno does not have. */
interface AnimatedDocument {
  getAnimations(): { finished: Promise<unknown> }[];
}

browserTest(
  "/docs can be read in light and dark, as axe sees it, and gets dark as the reader's other pages do",
  async (page) => {
    await using server = await serve();
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(`${server.origin}/docs`);
    await page.locator("#operations-Daemon-health").waitFor();
    equal(await violationsOf(page), []);
    const background = () =>
      page.locator("html").evaluate((element: unknown) =>
        (globalThis as unknown as { getComputedStyle(of: unknown): { backgroundColor: string } })
          .getComputedStyle(element).backgroundColor
      );
    const light = await background();
    await page.emulateMedia({ colorScheme: "dark" });
    await page.locator("html.dark-mode").waitFor();
    // Colours change gradually, and not before the page has drawn the new class.
    await until("the background is dark", async () => await background() !== light);
    await page.evaluate(async () => {
      const { document } = globalThis as unknown as { document: AnimatedDocument };
      await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    });
    const dark = await background();
    ok(light !== dark, `${light} and ${dark}`);
    equal(await violationsOf(page, ["color-contrast"]), []);
  },
);
