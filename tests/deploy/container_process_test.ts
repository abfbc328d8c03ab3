import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { allEnded } from "../support/processes.ts";
import { SSEReader } from "../support/sse_reader.ts";

const root = join(import.meta.dirname!, "../..");

/** The limit of one command: mirrors of packages may be slow. */
const LIMIT_MS = 400_000;

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

/** Runs a program to its end. Resolves to its output; rejects with all of it. */
async function run(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: root,
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  ok(code === 0, `${program} ${args.join(" ")} ended with ${code}:\n${out}\n${err}`);
  return out.trim();
}

/** The missing part of what the test needs. */
async function missing(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "it needs root on Linux";
  for (const program of ["buildah", "mmdebstrap"]) {
    const found = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" }).output();
    if (!found.success) return `install ${program}`;
  }
}

const why = await missing();
// In CI a missing program is a failure.
const isSkipped = why !== undefined && Deno.env.get("CI") !== "true";
if (isSkipped) console.log(`Skipping the test of the container: ${why}`);

/** Builds the image as users do, from a base and a Deno of this machine. Resolves to a runner of buildah. */
async function buildImage(work: string) {
  const buildah = (...args: string[]) =>
    // The root folders of its containers are below TMPDIR.
    run(
      "env",
      `TMPDIR=${work}`,
      "buildah",
      "--root",
      `${work}/store`,
      "--runroot",
      `${work}/run`,
      "--storage-driver=vfs",
      ...args,
    );
  const image = async (name: string, ...content: string[]) => {
    const container = await buildah("from", "scratch");
    await buildah("add", "-q", container, ...content);
    await buildah("commit", "-q", "--rm", container, `localhost/${name}`);
  };
  const base = await baseArchive(work);
  await Promise.all([image("base", base, "/"), image("deno", Deno.execPath(), "/deno")]);
  const args = [["BASE", "base"], ["DENO", "deno"]].flatMap((
    [arg, name],
  ) => ["--build-arg", `${arg}=localhost/${name}`]);
  const built = ["build", "--isolation=chroot", "--pull=never", "--format=docker", ...args];
  // The certificates of this machine's network.
  const certificates = ["--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"];
  await buildah(...built, ...certificates, "--file", "deploy/Containerfile", "--tag", "localhost/labdaemon", ".");
  return buildah;
}

/** A Debian without anything, as the base. `.ci/run` has begun to make one: it says where the archive will be. */
async function baseArchive(work: string): Promise<string> {
  const prepared = Deno.env.get("LABDAEMON_TEST_BASE");
  if (prepared) {
    await run("sh", "-c", `until [ -e '${prepared}.done' ]; do sleep 1; done; cat '${prepared}.done'`);
    if (await Deno.stat(prepared).then(({ size }) => size > 0, () => false)) return prepared;
  }
  const archive = `${work}/base.tar`;
  // What it unpacks is beside it.
  await run(
    "env",
    `TMPDIR=${work}`,
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    "--include=ca-certificates",
    "bookworm",
    archive,
  );
  return archive;
}

/** The memory, if it has room: packages are installed there in a fraction of the time. Else the usual folder. */
async function roomyFolder(): Promise<string | undefined> {
  const free = await run("sh", "-c", "df --output=avail -k /dev/shm | tail -n 1").catch(() => "0");
  return Number(free) > 4 * 1024 * 1024 ? "/dev/shm" : undefined;
}

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

async function useContainer(work: string, buildah: (...args: string[]) => Promise<string>): Promise<void> {
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
  await buildah("config", "--env", `LABDAEMON_PORT=${port}`, container);
  const mounts = ["bench.yaml:/app/bench.yaml:ro", "drivers:/app/drivers", "data:/data"].flatMap((
    it,
  ) => ["-v", `${work}/${it}`]);
  const inside = (...command: string[]) => buildah("run", "--isolation=chroot", ...mounts, container, "--", ...command);
  const create = ["deno", "task", "-q", "ctl", "token", "create", "reader", "--scope", "control"];
  const token = /lab_\S+/.exec(await inside(...create))![0];
  const running = inside(...config.Entrypoint);
  // Its failure is awaited below; until then it must not be unhandled.
  running.catch(() => {});
  const url = `http://127.0.0.1:${port}`;
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
}

/** The command of HEALTHCHECK, which `buildah inspect` shows elsewhere than docker does. */
const HEALTH = ["python3", "-S", "/app/deploy/healthcheck.py"];

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilReady(url: string): Promise<void> {
  for (const end = performance.now() + 60_000;;) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    const text = await response?.text() ?? "no answer";
    if (response?.ok) return;
    ok(performance.now() < end, `not ready: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
