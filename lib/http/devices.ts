import { type Context, Hono } from "hono";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import type { CommandOrigin } from "../device/commands.ts";
import type { Device } from "../device/device.ts";
import { safeAnswer, safeOutcome } from "../device/safe_outcome.ts";
import { parseInput } from "../host/parse_input.ts";
import { LabError } from "../errors.ts";
import { deviceLogQuerySchema } from "../wire/requests.ts";
import {
  addDeviceRequestSchema,
  callRequestSchema,
  emptyRequestSchema,
  optionsRequestSchema,
  safeRequestSchema,
} from "../wire/requests.ts";
import { originOf, requireDevice, seesDevice } from "./access/enforce.ts";
import type { KeptDevices } from "../kept/kept_devices.ts";
import type { Recordings } from "../recording/recordings.ts";
import { recordingParams } from "../registry/recording_params.ts";
import type { BodyReader } from "./body.ts";
import { callResponse } from "./calls.ts";
import { settingsOf } from "../bench/device_settings.ts";
import { listText, unreadableDevice } from "./each_status.ts";
import { requireAll } from "./recordings.ts";
import { DEFAULT_REASON } from "./safe.ts";
import { remainingMs } from "./validity.ts";

/** `/devices`: the devices of the bench, and the commands to them. */
export function deviceRoutes(
  daemon: LabDaemon,
  bodies: BodyReader,
  { recordings, kept }: { recordings?: Recordings; kept: KeptDevices },
): Hono {
  const app = new Hono();
  const deviceOf = (c: Context) => daemon.getDevice(c.req.param("device_id")!);
  /** A driver shows what is in a recording. */
  const requireRecordingsIn = (c: Context, params: Record<string, unknown>, type: string) => {
    const driver = daemon.drivers().find(({ name }) => name === type);
    const ids = recordingParams(driver?.params ?? {}).map((name) => params[name]);
    for (const recording of recordings?.all ?? []) if (ids.includes(recording.id)) requireAll(c, recording);
  };

  app.get("/", (c) => {
    const seen = daemon.devices().filter(({ id }) => seesDevice(c, id));
    const text = listText("devices", seen, (device) => device.status(), unreadableDevice);
    return c.body(text, 200, { "Content-Type": "application/json" });
  });

  app.post("/", async (c) => {
    const { keep, ...asked } = await bodies.read(c, addDeviceRequestSchema);
    const { device_id, device_type, params, ...settings } = asked;
    requireDevice(c, device_id);
    requireRecordingsIn(c, params ?? {}, device_type);
    const added = await daemon.addDevice(device_id, device_type, params ?? {}, settingsOf(settings));
    kept.note(added, asked);
    if (keep) {
      // Who deletes it meanwhile clears it there, too.
      added.keptIn = "data_folder";
      await kept.keep(asked, originOf(c).by).catch(async (error) => {
        await daemon.removeDevice(added);
        throw error;
      });
    }
    return c.json(added.status(), 201);
  });

  app.get("/:device_id", (c) => c.json(deviceOf(c).status()));

  app.delete("/:device_id", async (c) => {
    const device = deviceOf(c);
    await kept.clear(device);
    await daemon.removeDevice(device);
    return c.body(null, 204);
  });

  app.post("/:device_id/keep", async (c) => {
    const device = deviceOf(c);
    await bodies.read(c, emptyRequestSchema);
    await kept.keepAdded(device, originOf(c).by);
    return c.json(device.status());
  });

  const command = (name: string, run: (device: Device, origin: CommandOrigin) => Promise<void> | void) =>
    app.post(`/:device_id/${name}`, async (c) => {
      const device = deviceOf(c);
      await bodies.read(c, emptyRequestSchema);
      await run(device, originOf(c));
      return c.json(device.status());
    });
  command("connect", (device, origin) => device.connect(origin));
  command("disconnect", (device) => device.disconnect());
  command("disable", (device) => device.disable());
  command("enable", (device, origin) => device.enable(origin));

  app.get("/:device_id/methods", (c) => c.json({ methods: deviceOf(c).methods }));

  app.post("/:device_id/call", async (c) => {
    const device = deviceOf(c);
    const { method, args, kwargs } = await bodies.read(c, callRequestSchema);
    const call = { method, args: args ?? [], kwargs: kwargs ?? {} };
    const started = device.startCall(call, { validMs: remainingMs(c), origin: originOf(c) });
    return await callResponse(c, started, [`{"result":`, `,"success":true}`]);
  });

  app.post("/:device_id/methods/:method", async (c) => {
    const device = deviceOf(c);
    const kwargs = await bodies.read(c, optionsRequestSchema);
    const call = { method: c.req.param("method"), args: [], kwargs };
    return await callResponse(c, device.startCall(call, { validMs: remainingMs(c), origin: originOf(c) }));
  });

  app.post("/:device_id/safe", async (c) => {
    const device = deviceOf(c);
    const { reason } = await bodies.read(c, safeRequestSchema);
    return c.json(safeAnswer([await safeOutcome(device, reason ?? DEFAULT_REASON)]));
  });

  app.post("/:device_id/stream/start", async (c) => {
    const device = deviceOf(c);
    await device.startStreaming(undefined, await bodies.read(c, optionsRequestSchema), {
      exact: true,
      assertAllowed: c.get("assertStillLeased"),
      fence: c.get("fence"),
    });
    return c.json(device.status());
  });

  app.post("/:device_id/stream/stop", async (c) => {
    const device = deviceOf(c);
    await bodies.read(c, emptyRequestSchema);
    await device.stopStreaming();
    return c.json({ status: "stopped", device_id: device.id, timestamp: timestamp() });
  });

  app.get("/:device_id/log", (c) => {
    const device = deviceOf(c);
    const { from, ...others } = c.req.query();
    const given = { ...others, ...from !== undefined && { from: Number(from || NaN) } };
    const query = parseInput(deviceLogQuerySchema, given, "Cannot GET the log of a device") as { from?: number };
    return c.json(device.logFrom(query.from ?? 0), 200, { "Cache-Control": "no-store" });
  });

  app.get("/:device_id/error", (c) => c.json({ error: errorOf(deviceOf(c)) }));

  app.delete("/:device_id/error", (c) => {
    const device = deviceOf(c);
    errorOf(device);
    device.clearError();
    return c.json({ status: "cleared", device_id: device.id });
  });

  return app;
}

/** The last error of a device; throws `NoError` without one. Its message has the status, by which some clients know it. */
function errorOf({ id, lastError }: Device): LabError {
  if (lastError) return lastError;
  throw new LabError("NoError", `Cannot find an error of "${id}": none is recorded (404)`, {
    context: { device_id: id },
  });
}
