/** Params that name recordings: a driver gets the folder, and no request names any other folder. */
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { z } from "zod";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver } from "../../lib/driver/mod.ts";
import type { LabError } from "../../lib/errors.ts";

/** A daemon with the recordings "run42" and "run43", and a driver that keeps what it was made with. */
async function bench() {
  const root = await Deno.makeTempDir();
  const folder = `${root}/recordings`;
  for (const id of ["run42", "run43", "unfinished"]) await Deno.mkdir(`${folder}/${id}`, { recursive: true });
  for (const id of ["run42", "run43", ".."]) await Deno.writeTextFile(`${folder}/${id}/recording.json`, "{}");
  const made: unknown[] = [];
  const Again = defineDriver({
    name: "Again",
    params: z.object({ recording: z.string().optional().meta({ format: "recording" }), note: z.string().optional() }),
    permissions: ({ recording }) => ({ read: recording === undefined ? [] : [recording] }),
    create: (params) => {
      made.push(params);
      return {};
    },
  });
  const open = (options = {}) => {
    const daemon = new LabDaemon(options);
    daemon.registerPlugins({ devices: { Again } });
    return daemon;
  };
  return {
    ...{ folder, made, open },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

Deno.test("a driver gets the folder of a recording that its params name, and the device shows the name", async () => {
  await using it = await bench();
  await using daemon = it.open({ recordings: it.folder });
  const device = await daemon.addDevice("again1", "Again", { recording: "run42", note: "run43" });
  await device.connect();
  equal(it.made, [{ recording: `${it.folder}/run42`, note: "run43" }]);
  equal(device.status().params, { recording: "run42", note: "run43" });
  equal(device.plan.permissions, { read: [`${it.folder}/run42`] });
  ok(await daemon.addDevice("again2", "Again"));
});

Deno.test("a param names a recording that is there, and no other folder", async () => {
  await using it = await bench();
  await using daemon = it.open({ recordings: it.folder });
  for (
    const recording of [
      "run44",
      "unfinished",
      "",
      ".",
      "..",
      "../recordings/run42",
      "run42/../run43",
      `${it.folder}/run42`,
    ]
  ) {
    await rejects(daemon.addDevice("again1", "Again", { recording }), (error: LabError) => {
      equal([error.code, error.context.issues], ["InvalidRequest", [{
        path: "recording",
        message: `expected the id of a recording, found ${
          JSON.stringify(recording)
        }; there are run42, run43, unfinished`,
      }]]);
      return true;
    });
  }
  await rejects(daemon.addDevice("again1", "Again", { recording: 42 }), { code: "InvalidRequest" });
  await using without = it.open();
  await rejects(without.addDevice("again1", "Again", { recording: "run42" }), {
    message: /there are none, as the daemon has no folder for them$/,
  });
});
