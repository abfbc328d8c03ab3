import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { freePort } from "../support/ports.ts";
import { allEnded } from "../support/processes.ts";
import { SSEReader } from "../support/sse_reader.ts";
import { until } from "../support/until.ts";
import { runConfined } from "./confined_container.ts";
import { type Buildah, buildImage, missing, roomyFolder } from "./image.ts";

/** A driver that no image has. */
const DROPPED = `
import { defineDriver, every } from "labdaemon/driver";

export default defineDriver({
  name: "Dropped",
  create: () => ({
    async *stream(signal: AbortSignal) {
      for await (const _ of every(50, signal)) yield 42;
    },
  }),
});
`;

const why = await missing();
// In CI a missing program is a failure.
const isSkipped = why !== undefined && Deno.env.get("CI") !== "true";
if (isSkipped) console.log(`Skipping the test of the container: ${why}`);

/** The processes whose root folder is in a folder. */
function processesIn(folder: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && Deno.readLinkSync(`/proc/${pid}/root`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

const commandOf = (pid: number) => Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");

Deno.test({
  name: "the container starts, loads a driver that is dropped into its volume, streams, and leaves no process",
  ignore: isSkipped,
  async fn() {
    equal(why, undefined);
    const work = await Deno.makeTempDir({ prefix: "labdaemon-image-", dir: await roomyFolder() });
    try {
      const buildah = await buildImage(work);
      await useContainer(work, buildah);
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  },
});

async function useContainer(work: string, buildah: Buildah): Promise<void> {
  const [size] = JSON.parse(await buildah("images", "--json", "localhost/labdaemon")).map((
    { size }: { size: string },
  ) => Number.parseFloat(size));
  ok(size < 420, `the image has ${size} MB`);
  await Deno.mkdir(`${work}/drivers`);
  await Deno.mkdir(`${work}/data`);
  await Deno.chown(`${work}/data`, 10001, 10001);
  await Deno.writeTextFile(`${work}/bench.yaml`, "devices: [{ id: new1, driver: Dropped }]\n");
  const container = await buildah("from", "--pull=never", "localhost/labdaemon");
  const { OCIv1: { config } } = JSON.parse(await buildah("inspect", container));
  equal([config.User, config.StopSignal, config.Volumes], ["10001", "SIGTERM", undefined]);
  const port = freePort();
  // It shares this machine's network, where another daemon may have the default port.
  const url = `http://127.0.0.1:${port}`;
  await buildah("config", "--env", `LABDAEMON_PORT=${port}`, "--env", `LABDAEMON_URL=${url}`, container);
  const mounts = ["bench.yaml:/app/bench.yaml:ro", "drivers:/app/drivers", "data:/data"].flatMap((
    it,
  ) => ["-v", `${work}/${it}`]);
  const inside = (...command: string[]) => buildah("run", "--isolation=chroot", ...mounts, container, "--", ...command);
  const create = ["deno", "task", "-q", "ctl", "token", "create", "reader", "--scope", "control"];
  const token = /lab_\S+/.exec(await inside(...create))![0];
  const running = inside(...config.Entrypoint);
  // Its failure is awaited below; until then it must not be unhandled.
  running.catch(() => {});
  try {
    await Promise.race([untilReady(url), running.then((log) => Promise.reject(new Error(`it has ended:\n${log}`)))]);
    match(await inside(...HEALTH), /"ready"/);

    await Deno.writeTextFile(`${work}/drivers/dropped.ts`, DROPPED);
    await using reader = new SSEReader(
      await fetch(`${url}/stream/devices/new1`, { headers: { authorization: `Bearer ${token}` } }),
    );
    for (const sequence of [0, 1, 2]) {
      const sample = await reader.next(({ event }) => event === "device_data");
      equal([sample.sequence, sample.payload], [sequence, 42]);
    }
  } finally {
    const all = processesIn(work);
    const first = all.find((pid) => commandOf(pid)[0].endsWith("tini"));
    if (first) Deno.kill(first, "SIGTERM");
    // The daemon, its driver, and their shells.
    if (first) ok(all.length > 3, `only ${all.length} processes ran`);
    await allEnded(all);
  }
  // The exit code is 0, and stdout has nothing but the log.
  for (const line of (await running).split("\n")) ok(JSON.parse(line)["@timestamp"], line);
  equal(processesIn(work), []);
  await useConfined(await buildah("mount", container), work, config, token);
}

/** The same container without a network, with a file system that cannot be written to, and with settings of its environment. */
async function useConfined(
  root: string,
  work: string,
  { Env, Entrypoint }: { Env: string[]; Entrypoint: string[] },
  token: string,
): Promise<void> {
  const settings = {
    LABDAEMON_ALLOWED_HOSTS: "labpc,labpc:5000",
    LABDAEMON_BASE_PATH: "/lab",
    LABDAEMON_LOG_LEVEL: "debug",
  };
  const env = [...Env, ...Object.entries(settings).map(([key, value]) => `${key}=${value}`)];
  await using confined = await runConfined({ root, work, env, command: Entrypoint });
  const ask = (path: string, host = "labpc:5000") =>
    confined.curl("-H", `Host: ${host}`, "-H", `Authorization: Bearer ${token}`, `http://127.0.0.1:5000/lab${path}`);
  await until("the daemon is ready", async () => /"ready"/.test(await ask("/readyz")));
  match(await ask("/readyz", "elsewhere"), /"ForbiddenOrigin"/);
  const events = await confined.curl(
    "-N",
    "-H",
    `Authorization: Bearer ${token}`,
    "http://127.0.0.1:5000/stream/devices/new1",
  );
  match(events, /event: device_data\n.*"payload":42/);
  equal(await confined.facts(), {
    user: "10001",
    capabilities: "0000000000000000",
    isReadOnly: true,
    interfaces: ["lo"],
  });
  const { code, output } = await confined.end();
  equal(code, 0);
  for (const line of output.trim().split("\n")) ok(JSON.parse(line)["@timestamp"], line);
  match(output, /"level":"DEBUG"/);
}

/** The command of HEALTHCHECK, which `buildah inspect` shows elsewhere than docker does. */
const HEALTH = ["python3", "-S", "/app/deploy/healthcheck.py"];

async function untilReady(url: string): Promise<void> {
  let found = "no answer";
  await until(() => `the daemon is ready: ${found}`, async () => {
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    found = await response?.text() ?? "no answer";
    return response?.ok ?? false;
  });
}
