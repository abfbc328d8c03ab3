/** Tasks in Python: as the Python LabDaemon has them, and with steps. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { Leases } from "../../lib/leases/leases.ts";
import { TaskTypes } from "../../lib/tasks/task_types.ts";
import { Tasks } from "../../lib/tasks/tasks.ts";
import type { StartTask } from "../../lib/wire/tasks/task.ts";
import { pythonTest } from "../support/python.ts";
import { until } from "../support/until.ts";

/** Written for the Python LabDaemon, by its documentation. */
const SWEEP = `
class WavelengthSweep:
    """Sweeps a wavelength."""

    def __init__(self, task_id: str, laser_id: str, start_wl: float, stop_wl: float, steps: int, **kwargs):
        self.task_id = task_id
        self.laser_id = laser_id
        self.start_wl = start_wl
        self.stop_wl = stop_wl
        self.steps = steps
        self.sweep_speed = 1.0
        self.device_ids = [laser_id]

    def set_parameter(self, key, value):
        if key == "sweep_speed":
            self.sweep_speed = value

    def run(self, context):
        laser = context.daemon.get_device(self.laser_id)
        results = []
        for i in range(self.steps):
            context.resume_event.wait()
            if context.cancel_event.is_set():
                return {"status": "cancelled", "results": results}
            wl = self.start_wl + i * (self.stop_wl - self.start_wl) / (self.steps - 1)
            laser.set_wavelength(wl)
            results.append((wl, laser.get_power()))
        while self.sweep_speed < 2 and not context.cancel_event.is_set():
            context.cancel_event.wait(0.01)
        if laser.mode != "cw":
            raise ValueError(f"the laser is {laser.mode}")
        return {"status": "completed", "results": results}
`;

const STEPS = `
from labdaemon.task import DeviceId


class Steps:
    """Does steps."""

    on_unknown = "skip"

    def __init__(self, laser: DeviceId, crash: bool = False):
        self.laser = laser
        self.crash = crash

    def run(self, context):
        laser = context.device(self.laser)

        def second():
            if self.crash and context.run == 1:
                import os
                os._exit(3)
            return laser.call("get_power")

        done = [context.step("first", lambda: laser.set_wavelength(7)), context.step("second", second)]
        context.save("first", {"x": 1, "y": 2})
        context.progress(1, "done")
        first = next(iter(laser.stream()))
        return {"done": done, "run": context.run, "sample": first.value}
`;

class Laser {
  mode = "cw";
  #wavelength = 0;
  set_wavelength(nm: number) {
    return this.#wavelength = nm;
  }
  get_power() {
    return this.#wavelength / 10;
  }
  read() {
    return 42;
  }
}

await pythonTest(
  "tasks in Python run as the Python LabDaemon documents them, and with steps that survive",
  async () => {
    const folder = await Deno.makeTempDir();
    const daemon = new LabDaemon();
    const { defineDriver } = await import("../../lib/driver/mod.ts");
    const { z } = await import("zod");
    const Driver = defineDriver({
      name: "Laser",
      create: () => new Laser(),
      methods: {
        set_wavelength: { input: z.object({ nm: z.number() }), run: (laser, { nm }) => laser.set_wavelength(nm) },
        get_power: { run: (laser) => laser.get_power() },
      },
      properties: { mode: { schema: z.string(), get: (laser) => laser.mode } },
    });
    daemon.registerPlugins({ devices: { Laser: Driver } });
    await (await daemon.addDevice("laser1", "Laser")).connect();
    const leases = new Leases(daemon);
    const types = new TaskTypes();
    await Deno.mkdir(`${folder}/types`);
    await Deno.writeTextFile(`${folder}/types/sweep.py`, SWEEP);
    await Deno.writeTextFile(`${folder}/types/steps.py`, STEPS);
    await types.loadFolder(`${folder}/types`, {});
    const tasks = new Tasks({ bench: daemon, leases, types, folder: `${folder}/tasks` }, () => true);
    const start = (task_id: string, task_type: string, params: StartTask["params"]) =>
      tasks.start({ task_id, task_type, params }, { name: "alice", devices: null });
    const ended = async (id: string) => {
      await until(() => `${id} has ended: ${JSON.stringify(tasks.get(id).detail())}`, () => !tasks.get(id).isRunning);
      return tasks.get(id).detail();
    };
    try {
      equal(types.list().map(({ name, status, error }) => [name, status, error?.message]), [
        ["Steps", "loaded", undefined],
        ["WavelengthSweep", "loaded", undefined],
      ]);
      const sweep = { laser_id: "laser1", start_wl: 1550, stop_wl: 1560, steps: 3 };
      const task = await start("sweep1", "WavelengthSweep", sweep);
      equal([task.deviceIds, daemon.getDevice("laser1").status().owned_by], [["laser1"], "sweep1"]);
      equal(await task.setParameter("sweep_speed", 2), 2);
      equal((await ended("sweep1")).result, {
        status: "completed",
        results: [[1550, 155], [1555, 155.5], [1560, 156]],
      });

      await (await start("sweep2", "WavelengthSweep", sweep)).cancel();
      const { status, result } = await ended("sweep2");
      equal([status, (result as { status: string } | null)?.status ?? "cancelled"].includes("cancelled"), true);

      await start("steps1", "Steps", { laser: "laser1" });
      const steps = await ended("steps1");
      equal([steps.result, steps.exception], [{ done: [7, 0.7], run: 1, sample: 42 }, null]);
      await start("steps2", "Steps", { laser: "laser1", crash: true });
      const crashed = await ended("steps2");
      equal([crashed.result, crashed.steps.unknown], [{ done: [7, null], run: 2, sample: 42 }, ["second"]]);
      match(crashed.log.map(({ text }) => text).join("\n"), /crashed: .*exited with code 3[^]*resumed/);
    } finally {
      await tasks.close();
      await leases.close();
      await daemon.shutdown();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
