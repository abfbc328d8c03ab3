import { equal } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";

browserTest("a first visit asks for the page and two files, and a second one for the page alone", async (page) => {
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
  equal(await visit(), 2);
  await page.goto("about:blank");
  equal(await visit(), 0);
  // The first visit may still have asked for devices when it was left.
  equal(paths.filter((path) => path === "/").length, 1);
});
