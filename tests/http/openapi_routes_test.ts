import { deepStrictEqual as equal, doesNotMatch, ok } from "node:assert/strict";
import { RoutesDocument } from "../../lib/http/openapi/bench_document.ts";
import type { Document } from "../../lib/http/openapi/document.ts";
import { type WebBench, webBench } from "../support/web_bench.ts";

/** The routes of the app, as `GET /devices/{device_id}`. What stands before all routes is none. */
function routesOf({ app }: WebBench): string[] {
  const routes = app.routes.filter(({ method }) => method !== "ALL");
  return [...new Set(routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`))];
}

/** The described operations that are there for any bench. */
async function describedOf(bench: WebBench): Promise<string[]> {
  const { body: { paths } } = await bench.ask<Document>("GET /openapi.json");
  const isOfOneDevice = (path: string) => path.split("/").includes("daq1");
  return Object.entries(paths).filter(([path]) => !isOfOneDevice(path)).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
  );
}

Deno.test("every described operation is a route", async () => {
  await using bench = await webBench();
  const routes = new Set(routesOf(bench));
  equal((await describedOf(bench)).filter((operation) => !routes.has(operation)), []);
});

Deno.test("every route is described, except pages and their files", async (test) => {
  await using bench = await webBench();
  const described = new Set(await describedOf(bench));
  // help_test.ts asks for the pages below /help, and pages_test.ts for all files of the dashboard.
  const others = routesOf(bench).filter((route) => !described.has(route) && !/^GET \/(help|assets)\/.*\*$/.test(route));
  for (const route of others) {
    await test.step(`${route} is a file`, async () => {
      const { status, headers } = await bench.ask(route);
      equal([route.split(" ")[0], status], ["GET", 200]);
      doesNotMatch(headers.get("content-type")!, /json|event-stream/);
    });
  }
});

Deno.test("GET / lists the described operations", async () => {
  await using bench = await webBench();
  const { body } = await bench.ask<{ endpoints: Record<string, string> }>("GET /");
  equal(Object.keys(body.endpoints), await describedOf(bench));
  equal(Object.values(body.endpoints).filter((text) => !text), []);
});

Deno.test("RoutesDocument is made once, in steps between which other work runs", async () => {
  const document = new RoutesDocument("1.0.0");
  let isMade = false;
  const [first, second] = [document.get(), document.get()];
  first.then(() => isMade = true);
  let turns = 0;
  for (; !isMade; turns++) await new Promise((resolve) => setImmediate(resolve));
  const made = await first;
  const operations = Object.values(made.paths).flatMap((methods) => Object.keys(methods));
  ok(turns >= operations.length, `${turns} turns of the event loop for ${operations.length} operations`);
  equal(await second === made && await document.get() === made, true);
});
