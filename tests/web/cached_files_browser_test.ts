import { equal, ok } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";

browserTest("a second visit asks for the page, and for none of its files", async (page) => {
  await using daemon = new LabDaemon();
  const app = createApp(daemon);
  const paths: string[] = [];
  const fetch = (request: Request) => {
    paths.push(new URL(request.url).pathname);
    return app.fetch(request);
  };
  await using served = serveApp(() => ({ ...app, fetch }));
  const visit = async () => {
    paths.length = 0;
    await page.goto(served.origin);
    await page.getByRole("link", { name: "Devices" }).first().waitFor();
    return paths.filter((path) => /^\/(assets|web|lib)\//.test(path)).length;
  };
  const first = await visit();
  ok(first > 10, `${first} files`);
  await page.goto("about:blank");
  equal(await visit(), 0);
  equal(paths[0], "/");
});
