/** The page of the audit log. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { browserTest } from "../support/chromium.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { serveApp } from "../support/served_app.ts";
import { tokenFolder } from "../support/token_folder.ts";

async function auditedBench() {
  const tokens = await tokenFolder();
  const bench = await scriptedBench({});
  const app = createApp(bench.daemon, { host: "127.0.0.1", access: tokens.access });
  const served = serveApp(() => app);
  const root = await tokens.token("root", "admin");
  const alice = await tokens.token("alice", "control");
  const ask = async (request: string, headers: Record<string, string>) => {
    const [method, path] = request.split(" ");
    const all = { host: "127.0.0.1", "content-type": "application/json", ...headers };
    const response = await app.request(path, { method, headers: all, body: method === "GET" ? undefined : "{}" });
    await response.body?.cancel();
  };
  return {
    ...{ tokens, bench, origin: served.origin, root, alice, ask },
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

const tokenIn = ({ authorization }: { authorization: string }) => authorization.slice("Bearer ".length);

browserTest("an administrator sees who has commanded what, filters it, and goes on to older entries", async (page) => {
  await using it = await auditedBench();
  for (let i = 0; i < 60; i++) await it.ask("POST /devices/daq1/disconnect", it.root);
  await it.ask("POST /devices/daq1/safe", it.alice);
  await it.ask("GET /tokens", it.alice);
  await page.goto(`${it.origin}/#/audit`);
  await page.getByLabel("Token").fill(tokenIn(it.root));
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Audit log" }).waitFor();
  const rows = page.locator(".audit tbody tr");
  await page.getByText("100 entries, and older ones").waitFor();
  await rows.getByText("refused 403 Forbidden").waitFor();
  await page.getByLabel("Who").fill("root");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("100 entries, and older ones").waitFor();
  await page.getByRole("button", { name: "Older entries" }).click();
  // Each command has two entries, and the log-in has one.
  await page.getByText("121 entries", { exact: true }).waitFor();
  equal(await rows.count(), 121);

  await page.getByLabel("Who").fill("alice");
  await page.getByLabel("Action").fill("SAFE");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("2 entries", { exact: true }).waitFor();
  equal(await rows.getByText("/devices/daq1/safe").count(), 2);
  equal(new URL(page.url()).hash, "#/audit?who=alice&action=SAFE");
  await it.ask("POST /devices/daq1/safe", it.alice);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("4 entries", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("100 entries, and older ones").waitFor();
  await page.getByLabel("To", { exact: true }).fill("2020-01-01T00:00");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("0 entries", { exact: true }).waitFor();
});

browserTest("who is no administrator has no link to the audit log, and no entries", async (page) => {
  await using it = await auditedBench();
  await page.goto(`${it.origin}/#/audit`);
  await page.getByLabel("Token").fill(tokenIn(it.alice));
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("It is for administrators of all devices").waitFor();
  equal(await page.getByRole("link", { name: "Audit log" }).count(), 0);
});
