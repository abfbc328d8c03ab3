/** Devices that are kept on request: they outlast the daemon without a bench file. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z } from "zod";
import { LabDaemon } from "../../lib/daemon.ts";
import { createApp } from "../../lib/http/app.ts";
import { addKeptDevices } from "../../lib/kept_devices/add_kept_devices.ts";
import { KeptDevices } from "../../lib/kept_devices/kept_devices.ts";
import { defineDriver } from "../../lib/mod.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { until } from "../support/until.ts";

const Lamp = defineDriver({
  name: "Lamp",
  params: z.object({ host: z.string(), password: z.string().optional(), limit: z.number().max(10).default(1) }),
  create: () => ({}),
});

/** One life of a daemon with this data folder. */
function start(folder: string | undefined, drivers: Record<string, unknown> = { Lamp }) {
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: drivers as never });
  const kept = new KeptDevices(folder);
  const app = createApp(daemon, { host: "127.0.0.1", kept });
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { "content-type": "application/json" };
    const response = await app.request(path, { method, headers, body: body ? JSON.stringify(body) : undefined });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
  return {
    daemon,
    kept,
    ask,
    restore: (disabled = false) => addKeptDevices(daemon, kept, { disabled }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await daemon.shutdown();
    },
  };
}

const LAMP = { device_id: "lamp1", device_type: "Lamp", params: { host: "10.0.0.7", password: "hunter2" } };

Deno.test("a device that was added with keep is back after a restart with its settings, until it is deleted", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using first = start(folder);
    const { status, body } = await first.ask("POST", "/devices", {
      ...LAMP,
      keep: true,
      safe_on_shutdown: true,
    });
    equal([status, body.kept_in, body.params.password], [201, "data_folder", "********"]);
    equal((await first.ask("POST", "/devices", { ...LAMP, device_id: "lamp2" })).body.kept_in, null);
    equal((await Deno.stat(`${folder}/devices.json`)).mode! & 0o777, 0o600);
  }
  {
    await using safe = start(folder);
    await safe.restore(true);
    equal(safe.daemon.getDevice("lamp1").status().disabled, true);
  }
  {
    await using second = start(folder);
    await second.restore();
    const { body: { devices } } = await second.ask("GET", "/devices");
    equal(
      devices.map((
        it: Record<string, unknown>,
      ) => [it.device_id, it.kept_in, second.daemon.getDevice("lamp1").safeOnShutdown]),
      [
        ["lamp1", "data_folder", true],
      ],
    );
    equal(second.daemon.getDevice("lamp1").plan.params, { host: "10.0.0.7", password: "hunter2", limit: 1 });
    equal((await second.ask("DELETE", "/devices/lamp1")).status, 204);
  }
  await using third = start(folder);
  await third.restore();
  equal(third.daemon.devices().length, 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a device that was added without keep is kept later, as it was asked for, and cleared when it is deleted", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using first = start(folder);
    await first.ask("POST", "/devices", { ...LAMP, safe_on_shutdown: true });
    for (const _ of [1, 2]) {
      const { status, body } = await first.ask("POST", "/devices/lamp1/keep");
      equal([status, body.kept_in, body.params.password], [200, "data_folder", "********"]);
    }
    // It is removed while it is written, or kept while it is removed.
    await first.ask("POST", "/devices", { ...LAMP, device_id: "gone" });
    const removed = first.daemon.getDevice("gone");
    await Promise.all([first.kept.keepAdded(removed, "me"), first.ask("DELETE", "/devices/gone")]);
    await first.kept.keepAdded(removed, "me");
    await first.ask("POST", "/devices", { ...LAMP, device_id: "gone" });
    await Promise.all([first.ask("POST", "/devices/gone/keep"), first.ask("DELETE", "/devices/gone")]);
  }
  {
    await using second = start(folder);
    await second.restore();
    equal(second.daemon.devices().map(({ id, keptIn }) => [id, keptIn]), [["lamp1", "data_folder"]]);
    const device = second.daemon.getDevice("lamp1");
    equal([device.safeOnShutdown, device.plan.params], [true, { ...LAMP.params, limit: 1 }]);
    equal((await second.ask("POST", "/devices/lamp1/keep")).body.kept_in, "data_folder");
    equal((await second.ask("DELETE", "/devices/lamp1")).status, 204);
    const byProgram = await second.daemon.addDevice("lamp2", "Lamp", LAMP.params);
    const { status, body } = await second.ask("POST", "/devices/lamp2/keep");
    equal([status, body.error.type], [400, "InvalidRequest"]);
    byProgram.keptIn = "bench_file";
    equal((await second.ask("POST", "/devices/lamp2/keep")).body.kept_in, "bench_file");
  }
  equal(await new KeptDevices(folder).list(), []);
  await using without = start(undefined);
  await without.ask("POST", "/devices", LAMP);
  equal((await without.ask("POST", "/devices/lamp1/keep")).status, 503);
  equal((await without.ask("GET", "/devices/lamp1")).body.kept_in, null);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a device of the bench file wins over the kept one of its id, which stays in the data folder", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using first = start(folder);
    await first.ask("POST", "/devices", { ...LAMP, keep: true });
  }
  await using second = start(folder);
  const inFile = await second.daemon.addDevice("lamp1", "Lamp", { host: "10.0.0.8" });
  inFile.keptIn = "bench_file";
  await second.restore();
  const { body } = await second.ask("GET", "/devices/lamp1");
  equal([body.params.host, body.kept_in, second.daemon.devices().length], ["10.0.0.8", "bench_file", 1]);
  equal((await new KeptDevices(folder).list()).map(({ device }) => device.device_id), ["lamp1"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a kept device whose driver is gone is there with its error, and the others are made", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using first = start(folder, { Lamp, Other: class {} });
    await first.ask("POST", "/devices", { device_id: "other1", device_type: "Other", keep: true });
    await first.ask("POST", "/devices", { ...LAMP, keep: true });
  }
  await using second = start(folder);
  await second.restore();
  const { body: { devices: [other, lamp] } } = await second.ask("GET", "/devices");
  equal([other.device_id, other.state, other.kept_in], ["other1", "faulted", "data_folder"]);
  match(other.last_error.message, /Other/);
  equal([lamp.device_id, lamp.state], ["lamp1", "disconnected"]);
  equal((await second.ask("DELETE", "/devices/other1")).status, 204);
  equal((await new KeptDevices(folder).list()).map(({ device }) => device.device_id), ["lamp1"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a device that cannot be kept is not added, and a damaged file is not overwritten", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/devices.json`, '{"version": 1, "devices": [');
  {
    await using daemon = start(folder);
    await daemon.restore();
    const { status, body } = await daemon.ask("POST", "/devices", { ...LAMP, keep: true });
    equal([status, body.error.type, daemon.daemon.devices().length], [503, "Unavailable", 0]);
    match(body.error.message, /devices\.json/);
    equal((await daemon.ask("POST", "/devices", LAMP)).status, 201);
    equal((await daemon.ask("DELETE", "/devices/lamp1")).status, 204);
  }
  equal(await Deno.readTextFile(`${folder}/devices.json`), '{"version": 1, "devices": [');
  await using without = start(undefined);
  const { body } = await without.ask("POST", "/devices", { ...LAMP, keep: true });
  match(body.error.message, /Cannot keep "lamp1": this daemon has no data folder/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a device that is deleted while it is still being kept is not back after a restart", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using first = start(folder);
    const added = first.ask("POST", "/devices", { ...LAMP, keep: true });
    await until("it is added", () => first.daemon.devices().length === 1);
    equal((await first.ask("DELETE", "/devices/lamp1")).status, 204);
    equal((await added).status, 201);
  }
  await using second = start(folder);
  await second.restore();
  equal(second.daemon.devices(), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("keeping a device needs the scope admin", async () => {
  await using tokens = await tokenFolder();
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Lamp } });
  const app = createApp(daemon, { host: "127.0.0.1", access: tokens.access, kept: new KeptDevices(tokens.folder) });
  const add = async (scope: "control" | "admin") => {
    const headers = { ...await tokens.token(scope, scope), "content-type": "application/json" };
    return await app.request("/devices", { method: "POST", headers, body: JSON.stringify({ ...LAMP, keep: true }) });
  };
  equal((await add("control")).status, 403);
  equal((await add("admin")).status, 201);
  equal((await new KeptDevices(tokens.folder).list()).map(({ kept_by }) => kept_by), ["admin"]);
  const later = async (scope: "control" | "admin") => {
    const headers = { ...await tokens.token(`later ${scope}`, scope), "content-type": "application/json" };
    return (await app.request("/devices/lamp1/keep", { method: "POST", headers, body: "{}" })).status;
  };
  equal([await later("control"), await later("admin")], [403, 200]);
  await app.close();
});
