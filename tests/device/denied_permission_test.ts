import { deepEqual, equal } from "node:assert/strict";
import { defineDriver, type LabError } from "labdaemon/driver";
import { LabDaemon } from "labdaemon";

/** A device whose driver fails to connect as Deno fails without a permission. */
async function denied(thrown: Error) {
  const daemon = new LabDaemon();
  let attempts = 0;
  const driver = defineDriver({
    name: "Denied",
    create: () => ({
      connect() {
        attempts++;
        throw thrown;
      },
    }),
  });
  daemon.registerPlugins({ devices: { Denied: driver } });
  const device = await daemon.addDevice("d1", "Denied");
  const error = await device.connect().then(() => undefined, (error) => error as LabError);
  return { daemon, device, error, attempts: () => attempts };
}

Deno.test("a missing permission names the author's remedy beside the operator's, and is not retried", async () => {
  const thrown = new Error('Requires read access to "/srv/laser.ini", run again with the --allow-read flag');
  const { daemon, device, error, attempts } = await denied(thrown);
  await using _ = daemon;
  equal(
    error?.message,
    'The driver of "d1" wanted read access to "/srv/laser.ini", which it has not been granted. Its author can ask for it ' +
      'in the driver: permissions: () => ({ read: ["/srv/laser.ini"] }). If it should have it, add to the device in the ' +
      'bench file: permissions: { add: { read: ["/srv/laser.ini"] } }',
  );
  const { state, retry_at, last_error } = device.status();
  deepEqual([state, retry_at, last_error?.failure_source, attempts()], ["faulted", null, "driver", 1]);
});

Deno.test("a refusal of the system, as for a port of another user, is retried like an absent instrument", async () => {
  const thrown = Object.assign(new Error("Permission denied (os error 13)"), { name: "PermissionDenied" });
  const { daemon, device } = await denied(thrown);
  await using _ = daemon;
  const { state, last_error } = device.status();
  deepEqual([state, last_error?.type, last_error?.failure_source], ["retrying", "PermissionDenied", "instrument"]);
});
