import { deepStrictEqual as equal } from "node:assert/strict";
import { serviceManager } from "../../../lib/cli/serve/service_manager.ts";
import { fakeTime } from "../../support/time.ts";

/** A service manager that has set these variables, and what it was sent. */
function managedBy(variables: Record<string, string>, send = () => Promise.resolve()) {
  const sent: string[] = [];
  const manager = serviceManager({
    env: (name) => variables[name],
    send: (lines) => {
      sent.push(lines.join(" "));
      return send();
    },
  });
  return { manager, sent };
}

Deno.test("without a service manager nothing is sent, and no timer runs", () => {
  using time = fakeTime();
  const { manager, sent } = managedBy({ WATCHDOG_USEC: "3000000" });
  manager.ready("Listening");
  manager.stopping();
  equal([sent, time.timers], [[], 0]);
});

Deno.test("systemd gets the readiness, three signs in each time of its watchdog, and the end", async () => {
  using time = fakeTime();
  const { manager, sent } = managedBy({ NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "3000000" });
  manager.ready("Listening on http://127.0.0.1:5000");
  await time.tick(3_000);
  manager.stopping();
  await time.tick(3_000);
  const signs = ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"];
  equal(sent, ["READY=1 STATUS=Listening on http://127.0.0.1:5000", ...signs, "STOPPING=1"]);
});

Deno.test("without a watchdog systemd gets the readiness and the end only", async () => {
  using time = fakeTime();
  const { manager, sent } = managedBy({ NOTIFY_SOCKET: "/run/notify" });
  manager.ready("Listening");
  await time.tick(60_000);
  manager.stopping();
  equal(sent, ["READY=1 STATUS=Listening", "STOPPING=1"]);
});

Deno.test("a sign that is not sent yet is not followed by another, and a failure disturbs nothing", async () => {
  using time = fakeTime();
  const { promise, reject } = Promise.withResolvers<void>();
  const { manager, sent } = managedBy({ NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "3000000" }, () => promise);
  manager.ready("Listening");
  await time.tick(2_000);
  equal(sent.length, 1);
  reject(new Error("no such program"));
  await time.tick(1_000);
  equal(sent.length, 2);
  manager.stopping();
});
