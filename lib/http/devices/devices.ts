import { type Context, Hono } from "hono";
import { settingsOf } from "../../bench/device_settings.ts";
import type { LabDaemon } from "../../daemon.ts";
import type { CommandOrigin } from "../../device/commands.ts";
import type { Device } from "../../device/device.ts";
import type { KeptDevices } from "../../kept_devices/kept_devices.ts";
import type { Recordings } from "../../recording/recordings.ts";
import { recordingParams } from "../../registry/recording_params.ts";
import { addDeviceRequestSchema, emptyRequestSchema } from "../../wire/requests.ts";
import { originOf, requireDevice, seesDevice } from "../access/enforce.ts";
import { requireAll } from "../recordings/recording_rights.ts";
import type { BodyReader } from "../request/body.ts";
import { deviceInPath } from "./device_in_path.ts";
import { listText, unreadableDevice } from "./list_text.ts";

/** `/devices`: the devices of the bench, and the commands that change whether they are there and connected. */
export function deviceRoutes(
  daemon: LabDaemon,
  bodies: BodyReader,
  { recordings, kept }: { recordings?: Recordings; kept: KeptDevices },
): Hono {
  const app = new Hono();
  /** Requires the right to the recordings that params name, because a driver shows their content. */
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
      // Set before the write, so that a deletion meanwhile clears it, too.
      added.keptIn = "data_folder";
      await kept.keep(asked, originOf(c).by).catch(async (error) => {
        await daemon.removeDevice(added);
        throw error;
      });
    }
    return c.json(added.status(), 201);
  });

  app.get("/:device_id", (c) => c.json(deviceInPath(c, daemon).status()));

  app.delete("/:device_id", async (c) => {
    const device = deviceInPath(c, daemon);
    await kept.clear(device);
    await daemon.removeDevice(device);
    return c.body(null, 204);
  });

  app.post("/:device_id/keep", async (c) => {
    const device = deviceInPath(c, daemon);
    await bodies.read(c, emptyRequestSchema);
    await kept.keepAdded(device, originOf(c).by);
    return c.json(device.status());
  });

  const command = (name: string, run: (device: Device, origin: CommandOrigin) => Promise<void> | void) =>
    app.post(`/:device_id/${name}`, async (c) => {
      const device = deviceInPath(c, daemon);
      await bodies.read(c, emptyRequestSchema);
      await run(device, originOf(c));
      return c.json(device.status());
    });
  command("connect", (device, origin) => device.connect(origin));
  command("disconnect", (device) => device.disconnect());
  command("disable", (device) => device.disable());
  command("enable", (device, origin) => device.enable(origin));

  return app;
}
