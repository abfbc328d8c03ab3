import { equal, match, rejects } from "node:assert/strict";
import { isAlive } from "../support/processes.ts";
import { peersPython, run, startPeer } from "../support/peers.ts";

Deno.test("startPeer, mosquitto: it listens, restarts at its port, and ends with the test", async () => {
  let pid: number;
  {
    await using broker = await startPeer({
      command: (port) => ["mosquitto", "-p", `${port}`],
      ready: /mosquitto version .* running/,
    });
    pid = broker.pid;
    using connection = await Deno.connect({ port: broker.port });
    match(String(connection.remoteAddr.port), /^\d+$/);
    await broker.kill();
    await broker.restart();
    using again = await Deno.connect({ port: broker.port });
    equal(again.remoteAddr.port, broker.port);
    equal(isAlive(pid), false);
    pid = broker.pid;
  }
  equal(isAlive(pid), false);
});

Deno.test("startPeer, a program that ends at once: the error has its output", async () => {
  const command = () => ["sh", "-c", "echo no such instrument; exit 1"];
  await rejects(startPeer({ command, ready: /listening/ }), /has ended and not printed.*\nno such instrument/s);
});

Deno.test("peersPython has the packages that the tests need", async () => {
  match(
    await run(await peersPython(), "-c", "import pymodbus, pyvisa, pyvisa_py; print(pymodbus.__version__)"),
    /^3\./,
  );
});
