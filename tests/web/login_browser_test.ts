import { deepStrictEqual as equal } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { tokenFolder } from "../support/token_folder.ts";

async function closedDashboard() {
  const tokens = await tokenFolder();
  const bench = await scriptedBench({});
  const app = createApp(bench.daemon, { host: "127.0.0.1", access: tokens.access });
  const served = serveApp(() => app);
  return {
    ...{ tokens, bench, origin: served.origin },
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

browserTest("a page that needs a token shows the form; logged in, it shows and commands the bench", async (page) => {
  await using closed = await closedDashboard();
  const { authorization } = await closed.tokens.token("alice", "control");
  await page.goto(`${closed.origin}/#/devices`);
  const token = page.getByLabel("Token");
  await token.fill("lab_wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("The token is not known").waitFor();
  await token.fill(authorization.slice("Bearer ".length));
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("button", { name: "Log out alice" }).waitFor();
  await page.getByRole("button", { name: /^Connect/ }).first().click();
  await page.getByRole("button", { name: /^Disconnect/ }).first().waitFor();
  equal(closed.bench.device.state, "connected");
  await page.getByRole("button", { name: "Log out alice" }).click();
  await token.waitFor();
});

browserTest("the link of the first start makes the administrator, and shows the token once", async (page) => {
  await using closed = await closedDashboard();
  await page.goto(`${closed.origin}/#/login/${closed.tokens.access.codeForFirst()}`);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "You are the administrator" }).waitFor();
  const shown = await page.locator("main code").innerText();
  equal(closed.tokens.access.tokens!.find(shown)?.scope, "admin");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Log out admin" }).waitFor();
});
