/** Pages of other servers, in the browser of one who is logged in: they read nothing, and command nothing. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { browserTest } from "../support/chromium.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { serveApp } from "../support/served_app.ts";
import { tokenFolder } from "../support/token_folder.ts";

/** What a hostile page tries. Each resolves with what it could read; undefined for nothing. */
const ATTACKS = `async (origin) => {
  const fetched = (path, init) => fetch(origin + path, init).then(async (it) => await it.text() || undefined, () => undefined);
  const json = { "content-type": "application/json" };
  const loaded = (tag, path) => new Promise((resolve) => {
    const element = Object.assign(document.createElement(tag), { onload: () => resolve("loaded"), onerror: () => resolve() });
    element.src = origin + path;
    document.body.append(element);
  });
  const posted = (enctype, path) => new Promise((resolve) => {
    const frame = Object.assign(document.createElement("iframe"), { name: "f" + Math.random() });
    const form = Object.assign(document.createElement("form"), { method: "post", action: origin + path, enctype, target: frame.name });
    form.append(Object.assign(document.createElement("input"), { name: '{"a":"', value: '"}' }));
    document.body.append(frame, form);
    frame.onload = () => resolve();
    form.submit();
  });
  const stream = new Promise((resolve) => {
    const source = new EventSource(origin + "/stream/devices/daq1", { withCredentials: true });
    source.onopen = () => resolve("open");
    source.onerror = () => (source.close(), resolve());
  });
  return await Promise.all([
    fetched("/session", { credentials: "include" }),
    fetched("/devices"),
    fetched("/devices", { credentials: "include" }),
    fetched("/tokens", { credentials: "include" }),
    fetched("/devices/daq1/connect", { method: "POST", credentials: "include", headers: json, body: "{}" }),
    fetched("/devices/daq1/connect", { method: "POST", credentials: "include", mode: "no-cors", body: "{}" }),
    fetched("/devices/daq1", { method: "DELETE", credentials: "include" }),
    fetched("/tokens", { method: "POST", credentials: "include", headers: json, body: '{"name":"evil","scope":"admin"}' }),
    loaded("img", "/devices"),
    loaded("script", "/devices"),
    posted("text/plain", "/devices/daq1/connect"),
    posted("application/x-www-form-urlencoded", "/safe"),
    stream,
  ]);
}`;

browserTest(
  "a page of another port, or of another name, reads and commands nothing by the session of its visitor",
  async (page) => {
    await using tokens = await tokenFolder();
    await using bench = await scriptedBench({});
    const app = createApp(bench.daemon, { host: "127.0.0.1", access: tokens.access });
    await using served = serveApp(() => app);
    const { authorization } = await tokens.token("root", "admin");
    const evil = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () =>
        new Response("<!doctype html><title>Win a prize</title><body>", { headers: { "content-type": "text/html" } }),
    );
    try {
      await page.goto(`${served.origin}/`);
      await page.getByLabel("Token").fill(authorization.slice("Bearer ".length));
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("button", { name: "Log out root" }).waitFor();
      for (const name of ["127.0.0.1", "localhost"]) {
        await page.goto(`http://${name}:${evil.addr.port}/`);
        const read = await page.evaluate(`(${ATTACKS})(${JSON.stringify(served.origin)})`);
        equal(read, Array(13).fill(undefined), name);
      }
      equal([bench.device.state, bench.instrument.calls], ["disconnected", []]);
      equal(
        tokens.access.tokens!.list().map(({ name }) => name),
        ["root"],
      );
      // The visitor is logged in nevertheless.
      await page.goto(`${served.origin}/`);
      await page.getByRole("button", { name: "Log out root" }).waitFor();
      const { entries } = await tokens.access.audit!.find({ limit: 1_000 });
      ok(entries.some(({ outcome, error }) => outcome === "refused" && error === "ForbiddenOrigin"));
    } finally {
      await evil.shutdown();
    }
  },
);
