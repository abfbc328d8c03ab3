/// <reference lib="dom" />
import { deepStrictEqual as equal } from "node:assert/strict";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { createApp } from "../../lib/http/app.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { browserTest } from "../support/chromium.ts";
import { startPeer } from "../support/peers.ts";
import { serveApp } from "../support/served_app.ts";
import { SSEReader } from "../support/sse_reader.ts";

const root = join(import.meta.dirname!, "../..");

const NGINX = "/usr/sbin/nginx";
// In CI a missing nginx is a failure.
const isSkipped = !isFile(NGINX) && Deno.env.get("CI") !== "true";
if (isSkipped) console.log("Skipping the tests of nginx: install it (Debian: apt-get install nginx-light)");

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The `location` blocks that docs/deployment.md shows, to another port. */
async function documentedLocations(daemon: number): Promise<string> {
  const [, text] = /```nginx\n([^]*?)```/.exec(await Deno.readTextFile(join(root, "docs/deployment.md")))!;
  return text.replaceAll("127.0.0.1:5000", `127.0.0.1:${daemon}`);
}

/** "daq1", whose instrument the test plays, behind an nginx as documented. */
async function serveBehindNginx() {
  const bench = await scriptedBench();
  await bench.device.connect();
  const app = createApp(bench.daemon, { host: "127.0.0.1", basePath: "/lab", trustedProxies: ["127.0.0.1"] });
  const served = serveApp(() => app);
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-nginx-" });
  const locations = await documentedLocations(Number(new URL(served.origin).port));
  const config = (port: number) => `
    daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
    events { worker_connections 64; }
    http {
      access_log off;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      server { listen 127.0.0.1:${port}; ${locations} }
    }`;
  const nginx = await startPeer({
    command: (port) => {
      Deno.writeTextFileSync(`${folder}/nginx.conf`, config(port));
      return [NGINX, "-p", folder, "-c", `${folder}/nginx.conf`];
    },
    ready: /getrlimit/,
  });
  return {
    ...bench,
    origin: `http://127.0.0.1:${nginx.port}`,
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The paths that a page asked for outside of a folder. */
function askedOutside(page: Page, folder: string): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const { protocol, pathname } = new URL(request.url());
    if (protocol === "http:" && !pathname.startsWith(folder)) asked.push(pathname);
  });
  return asked;
}

(isSkipped ? () => {} : browserTest)(
  "behind nginx the dashboard, /docs and the example work below a path, kept or removed",
  async (page) => {
    await using server = await serveBehindNginx();
    // Three pages are loaded twice: on a busy machine each takes its time.
    page.setDefaultTimeout(180_000);
    for (const path of ["/lab/", "/other/"]) {
      const outside = askedOutside(page, path);
      await page.goto(`${server.origin}${path}`);
      await page.getByRole("link", { name: "daq1" }).first().click();
      await page.getByRole("heading", { name: "daq1", level: 1 }).waitFor();
      await page.getByText(`${server.origin}${path}stream/devices/daq1`).first().waitFor({ state: "attached" });

      await page.getByRole("link", { name: "API" }).click();
      await page.locator("#operations-Daemon-health").click();
      await page.getByRole("button", { name: "Try it out" }).click();
      await page.getByRole("button", { name: "Execute" }).click();
      await page.locator(".live-responses-table").getByText("healthy").first().waitFor();

      await page.goto(`${server.origin}${path}examples/browser.html`);
      await page.locator("#device").getByText("daq1").waitFor({ state: "attached" });
      equal(outside, [], `asked outside of ${path}`);
      page.removeAllListeners("request");
      // The example goes on asking until it is left.
      await page.goto("about:blank");
    }
  },
);

Deno.test({
  name: "behind nginx each sample arrives when it is there: nothing is gathered",
  ignore: isSkipped,
  async fn() {
    await using server = await serveBehindNginx();
    for (const path of ["/lab/", "/other/"]) {
      await using reader = new SSEReader(await fetch(`${server.origin}${path}stream/devices/daq1`));
      // The instrument gives one small sample and waits: it would stay in a buffer.
      for (const value of [1, 2]) {
        server.instrument.push(value);
        equal((await reader.next(({ event }) => event === "device_data")).payload, value);
      }
    }
  },
});
