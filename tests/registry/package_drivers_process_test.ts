/** Classes of Python packages that requests name as the types of new devices. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import type { PythonSettings } from "../../lib/registry/python_program.ts";
import { pythonTest } from "../support/python.ts";

function served(python?: PythonSettings) {
  const daemon = new LabDaemon({ python });
  const app = createApp(daemon);
  const post = async (path: string, body: unknown = {}) => {
    const headers = { "content-type": "application/json" };
    const response = await app.request(path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, ...await response.json() };
  };
  const add = (device_id: string, device_type: string, params = {}) =>
    post("/devices", { device_id, device_type, params });
  return { daemon, add, post, [Symbol.asyncDispose]: () => daemon.shutdown() };
}

await pythonTest(
  "a request adds a device of a class of a Python package, which is gone after its last device",
  async () => {
    await using bench = served({ drivers: { "*": {}, "python:random.Random": { sandbox: false } } });
    const { daemon, add, post } = bench;
    const both = await Promise.all([add("dice1", "python:random.Random"), add("dice2", "python:random.Random")]);
    equal(both.map(({ status, device_type }) => [status, device_type]), [[201, "Random"], [201, "Random"]]);
    await post("/devices/dice1/connect");
    const { result } = await post("/devices/dice1/call", { method: "randrange", args: [5, 6] });
    equal(result, 5);

    const absent = await add("laser1", "python:package_that_is_nowhere.Laser");
    equal([absent.status, absent.error.type], [502, "DriverLoadError"]);
    match(absent.error.message, /No module named 'package_that_is_nowhere'\. Install it with: /);
    const unfit = await add("dice3", "python:random.Random", { color: "red" });
    match(unfit.error.message, /color: unknown key/);

    equal(daemon.drivers().map(({ name, file }) => [name, file]), [["Random", "random.Random"]]);
    await daemon.removeDevice("dice1");
    equal(daemon.drivers().length, 1);
    await daemon.removeDevice("dice2");
    equal(daemon.drivers(), []);
  },
);

await pythonTest(
  "another class of the same name has a type of its own, and nothing that is granted to the first",
  async () => {
    await using bench = served();
    bench.daemon.registerPlugins({ devices: { Random: class {} } });
    const added = await bench.add("dice1", "python:random.Random");
    // Where nothing can limit it, it is refused.
    if (added.status !== 201) return match(added.error.message, /nothing limits it to its permissions here/);
    equal(added.device_type, "Random_2");
  },
);

await pythonTest("a class in a request that nothing limits is refused, unless the bench file names it", async () => {
  await using bench = served({ drivers: { "*": { sandbox: false } } });
  const { status, error } = await bench.add("dice1", "python:random.Random");
  equal([status, error.type, error.context.sandbox], [502, "PermissionDenied", "off"]);
  match(error.message, /nothing limits it.*python: \{ "python:random\.Random": \{ sandbox: off \} \}$/);
  equal([bench.daemon.devices(), bench.daemon.drivers()], [[], []]);
});
