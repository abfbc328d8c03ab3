/** `/layouts`: what pages show, by names that people gave. */
import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { createApp } from "../../lib/http/app.ts";
import { Layouts } from "../../lib/layouts/layouts.ts";
import { MAX_LAYOUT_BYTES, MAX_LAYOUTS } from "../../lib/wire/pages/layouts.ts";
import { tokenFolder } from "../support/token_folder.ts";

type App = ReturnType<typeof createApp>;

async function ask(app: App, request: string, body?: unknown, headers: HeadersInit = {}) {
  const [method, path] = request.split(" ");
  const sent = body === undefined
    ? { method, headers }
    : { method, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
  const response = await app.request(path, sent);
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
}

Deno.test("a layout is saved, listed, opened, replaced and deleted, and survives a restart", async () => {
  const folder = await Deno.makeTempDir();
  await using daemon = new LabDaemon();
  const begin = () => createApp(daemon, { host: "127.0.0.1", layouts: new Layouts(folder) });
  const app = begin();
  const view = { devices: ["psu1"], view: { span: 60 } };
  equal((await ask(app, "PUT /layouts/IV%20curve", { layout: view })).status, 200);
  equal((await ask(app, "PUT /layouts/a%2Fb", { layout: {} })).status, 200);
  const { body } = await ask(app, "PUT /layouts/IV%20curve", { layout: { ...view, devices: [] } });
  equal([body.name, body.layout.devices], ["IV curve", []]);
  app.close();

  const again = begin();
  const { body: list } = await ask(again, "GET /layouts");
  equal(list.layouts.map(({ name, layout }: { name: string; layout?: unknown }) => [name, layout]), [
    ["IV curve", undefined],
    ["a/b", undefined],
  ]);
  equal((await ask(again, "GET /layouts/IV%20curve")).body.layout, { ...view, devices: [] });
  equal((await ask(again, "DELETE /layouts/a%2Fb")).status, 204);
  const gone = await ask(again, "GET /layouts/a%2Fb");
  equal([gone.status, gone.body.error.type], [404, "LayoutNotFound"]);
  equal((await ask(again, "DELETE /layouts/a%2Fb")).status, 404);
  again.close();
  const { mode } = await Deno.stat(`${folder}/layouts.json`);
  equal(mode! & 0o777, 0o600);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("layouts are bounded in size and number, and their names are lines of text", async () => {
  await using daemon = new LabDaemon();
  const app = createApp(daemon);
  const large = await ask(app, "PUT /layouts/a", { layout: { text: "x".repeat(MAX_LAYOUT_BYTES) } });
  equal([large.status, large.body.error.type], [413, "BodyTooLarge"]);
  for (const name of ["%20a", "a%0Ab", "a".repeat(101)]) {
    equal((await ask(app, `PUT /layouts/${name}`, { layout: {} })).status, 400, name);
  }
  equal((await ask(app, "PUT /layouts/a", { layout: [] })).status, 400);
  app.close();

  const layouts = new Layouts();
  for (let i = 0; i < MAX_LAYOUTS; i++) await layouts.save(`n${i}`, {}, "alice");
  await rejects(layouts.save("one more", {}, "alice"), { code: "InvalidRequest" });
  await layouts.save("n7", { new: true }, "bob");
  equal((await layouts.get("n7")).saved_by, "bob");
});

Deno.test("reading opens a layout; saving and deleting need control", async () => {
  const folder = await tokenFolder();
  await using daemon = new LabDaemon();
  const app = createApp(daemon, { host: "127.0.0.1", access: folder.access });
  const reader = await folder.token("reader", "read");
  const operator = await folder.token("operator", "control");
  equal((await ask(app, "GET /layouts")).status, 401);
  equal((await ask(app, "PUT /layouts/a", { layout: {} }, reader)).status, 403);
  equal((await ask(app, "PUT /layouts/a", { layout: {} }, operator)).body.saved_by, "operator");
  equal((await ask(app, "GET /layouts/a", undefined, reader)).status, 200);
  equal((await ask(app, "DELETE /layouts/a", undefined, reader)).status, 403);
  app.close();
  await folder.access.close();
});

Deno.test("two layouts that are saved at once are both kept; what cannot be written is not kept", async () => {
  const folder = await Deno.makeTempDir();
  const layouts = new Layouts(folder);
  await Promise.all(["a", "b", "c"].map((name) => layouts.save(name, { name }, "alice")));
  equal((await new Layouts(folder).list()).map(({ name }) => name), ["a", "b", "c"]);
  await Deno.remove(folder, { recursive: true });
  await Deno.writeTextFile(folder, "no folder");
  const refusal = await layouts.save("d", {}, "alice").then(() => undefined, (error) => error);
  match(String(refusal), /Cannot save the layout "d": .*layouts\.json cannot be written/);
  equal((await layouts.list()).length, 3);
  await Deno.remove(folder);
});

Deno.test("a file of layouts that is damaged is not overwritten", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/layouts.json`, '{"version": 1, "layouts": [');
  await rejects(new Layouts(folder).save("a", {}, "alice"), { code: "Unavailable" });
  equal(await Deno.readTextFile(`${folder}/layouts.json`), '{"version": 1, "layouts": [');
  await Deno.remove(folder, { recursive: true });
});
