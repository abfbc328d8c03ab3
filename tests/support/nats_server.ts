import { until, within } from "./until.ts";

/** A NATS server with JetStream, on a port of its own, that can be killed and started again with what it has stored. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Its folder, for files that it reads. */
  readonly folder: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** @param config More lines of its configuration; `$folder` stands for its folder. */
export async function natsServer(config = ""): Promise<NatsServer> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  let child: Deno.ChildProcess | undefined;
  let printed = Promise.resolve("");
  // The server chooses it, and keeps it.
  let port = -1;
  const start = async () => {
    const text =
      `listen: 127.0.0.1:${port}\nports_file_dir: "${folder}"\njetstream { store_dir: "${folder}/store" }\n` +
      config.replaceAll("$folder", folder);
    await Deno.writeTextFile(`${folder}/nats.conf`, text);
    child = new Deno.Command("nats-server", {
      args: ["-c", `${folder}/nats.conf`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    printed = new Response(child.stderr).text();
    const file = `${folder}/nats-server_${child.pid}.ports`;
    const read = () => Deno.readTextFile(file).catch(() => "");
    await until("the server listens", async () => (await read()).includes("nats"));
    port = Number(new URL(JSON.parse(await read()).nats[0]).port);
  };
  const kill = async () => {
    const killed = child!;
    child = undefined;
    try {
      killed.kill("SIGKILL");
    } catch {
      const { code, signal } = await killed.status;
      throw new Error(`nats-server has ended by itself (code ${code}, ${signal}): ${(await printed).slice(-4000)}`);
    }
    await within(killed.status, () => "the server does not end");
    await printed;
  };
  await start();
  return {
    get url() {
      return `nats://127.0.0.1:${port}`;
    },
    get pid() {
      return child!.pid;
    },
    folder,
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      if (child) await kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
