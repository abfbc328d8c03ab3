import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { checkRequirements, readFindings } from "../../lib/host/requirements.ts";

Deno.test("on a machine that has all of it, nothing is missing, and the limit of descriptors is known", async () => {
  const { missing, descriptors } = await checkRequirements();
  equal(missing, []);
  ok(descriptors! > 0);
});

Deno.test("without a shell, no driver can run, and the reason names the shell", async () => {
  const { missing, descriptors } = await checkRequirements("/nowhere/sh");
  match(missing.join(), /^\/nowhere\/sh cannot be run, and it starts every driver process: /);
  equal(descriptors, undefined);
});

Deno.test("a program that is no shell is reported", async () => {
  match((await checkRequirements("/bin/true")).missing.join(), /is not a POSIX shell/);
});

Deno.test("each program and folder that is not there is named, with what it is for", () => {
  const { missing, degraded, descriptors } = readFindings(
    "shell\ndescriptors 256\nneeded sleep\nuseful nice\nuseful python3\nno-limit\nno-memory\nno-folder\n",
    "/bin/sh",
  );
  match(missing[0], /^the program sleep is not installed/);
  match(missing[1], /^none of TMPDIR, \/tmp and \/dev\/shm can be written to/);
  match(degraded.join("; "), /program nice .*; .*python3.*serial ports.*; ulimit -d.*; .*\/proc nor ps/);
  equal([missing.length, degraded.length, descriptors], [2, 4, 256]);
});

Deno.test("Windows is reported in one line, with the reason and two ways out", async () => {
  const { missing } = await checkRequirements("/bin/sh", "windows");
  match(missing.join("\n"), /^Windows is not supported: .*POSIX shell and process groups; use WSL 2 or the container$/);
});
