import { type Context, Hono } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import type { Recordings } from "../../recording/recordings.ts";
import { recordingNoteRequestSchema, startRecordingSchema } from "../../wire/recordings.ts";
import { emptyRequestSchema } from "../../wire/requests.ts";
import type { BodyReader } from "../request/body.ts";
import { requireAll, requirePattern, requireRecordings, requireSome, seesSome, visible } from "./recording_rights.ts";

/** `/recordings`: the samples and events of devices, stored on the disk. */
export function recordingRoutes(
  daemon: Pick<LabDaemon, "devices">,
  recordings: Recordings | undefined,
  bodies: BodyReader,
): Hono {
  const app = new Hono();
  /** The devices that a recording starts: a device streams for a recording as for a reader. */
  const startedBy = (patterns: readonly string[]) => {
    const named = daemon.devices().filter(({ id }) => patterns.includes("*") || patterns.includes(id));
    return named.filter((device) => device.startsBy()).map(({ id }) => id);
  };
  const all = () => requireRecordings(recordings);
  const recordingOf = (c: Context) => all().get(c.req.param("recording_id")!);

  app.get("/", (c) => {
    const { storage } = all();
    const seen = all().all.filter((it) => seesSome(c, it));
    return c.json({ recordings: seen.map((it) => visible(c, all().statusOf(it))), storage });
  });

  app.post("/", async (c) => {
    const request = await bodies.read(c, startRecordingSchema);
    const patterns = request.devices ?? ["*"];
    for (const id of patterns) requirePattern(c, id);
    const recordings = all();
    c.get("assertLease")(startedBy(patterns));
    return c.json(recordings.statusOf(await recordings.start(request)), 201);
  });

  app.get("/:recording_id", (c) => {
    const recording = recordingOf(c);
    requireSome(c, recording);
    return c.json(visible(c, all().statusOf(recording)));
  });

  app.delete("/:recording_id", async (c) => {
    const recording = recordingOf(c);
    requireAll(c, recording);
    await all().delete(recording);
    return c.body(null, 204);
  });

  app.post("/:recording_id/stop", async (c) => {
    await bodies.read(c, emptyRequestSchema);
    const recording = recordingOf(c);
    requireAll(c, recording);
    await all().stop(recording);
    return c.json(all().statusOf(recording));
  });

  app.post("/:recording_id/notes", async (c) => {
    const { text } = await bodies.read(c, recordingNoteRequestSchema);
    const recording = recordingOf(c);
    requireAll(c, recording);
    await recording.addNote(text);
    return c.json(all().statusOf(recording));
  });

  return app;
}
