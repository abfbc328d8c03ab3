import { DatabaseSync } from "node:sqlite";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { FRAME_HEADERS } from "../../../lib/hub/frame_message.ts";
import { dataSubject, streamName } from "../../../lib/hub/names.ts";
import { newestMessage } from "../../../lib/hub/stream_watch.ts";
import { natsServer } from "../nats_server.ts";
import { benchFolder, serveCommand } from "../served_bench.ts";
import { firstLine, until, within } from "../until.ts";
import { checkMessages, type FleetCheck, readMessages } from "./check_messages.ts";

/** The options of {@linkcode Fleet}. */
export interface FleetOptions {
  benches: number;
  devices: number;
  /** Of each device, in samples a second. */
  rate: number;
  /** More lines of the devices in the bench file. */
  device?: string;
  /** What the benches compress of what they publish, as their bench file says it. */
  compress?: boolean | "catch-up";
}

/** A bench of the fleet. */
interface FleetBench {
  name: string;
  folder: string;
  url: string;
  /** Its run, once it was asked for. */
  epoch: string;
  child: Deno.ChildProcess | undefined;
}

/** Benches, their hub, a relay between them that cuts, and a reader: each a process of its own. */
export class Fleet implements AsyncDisposable {
  readonly benches: FleetBench[] = [];
  readonly #stack = new AsyncDisposableStack();
  readonly #options: FleetOptions;
  #server!: Awaited<ReturnType<typeof natsServer>>;
  #relay!: Deno.ChildProcess;
  #relayOut!: ReadableStreamDefaultReader<string>;
  #relayIn!: WritableStreamDefaultWriter<Uint8Array>;
  #reader: Deno.ChildProcess | undefined;
  #nats: NatsConnection | undefined;
  #folder = "";

  private constructor(options: FleetOptions) {
    this.#options = options;
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    await fleet.#start();
    return fleet;
  }

  /** Cuts the benches off the hub, or joins them again. */
  async partition(command: "cut" | "join"): Promise<void> {
    await this.#relayIn.write(new TextEncoder().encode(`${command}\n`));
    await firstLine(this.#relayOut);
  }

  /** Kills one side, and starts it again. */
  async kill(side: "server" | "reader" | number): Promise<void> {
    if (side === "server") {
      await this.#nats?.close();
      await this.#server.kill();
      await this.#server.start();
    } else if (side === "reader") {
      await end(this.#reader!, "SIGKILL");
      await this.#startReader();
    } else {
      const bench = this.benches[side];
      await end(bench.child!, "SIGKILL");
      await this.#serve(bench);
    }
  }

  /** The stream of a bench is deleted, with all that the hub has of it. */
  async wipe(side: number): Promise<void> {
    await this.#withManager((manager) => manager.streams.delete(streamName(this.benches[side].name)));
  }

  /**
   * How far the hub is behind the benches: the samples of the device that is most behind; infinite where it has an earlier run.
   *
   * @param enough With one that is further behind it looks at no more devices: to look costs what it looks at.
   */
  async behind(enough = Infinity): Promise<number> {
    return await this.#withManager(async (manager) => {
      let most = 0;
      for (const bench of this.benches) {
        const { name, url } = bench;
        const { devices }: { devices: { device_id: string; stream: { sequence: number; epoch: string } }[] } =
          await (await fetch(`${url}/devices`)).json();
        const info = await manager.streams.info(streamName(name)).catch(() => undefined);
        if (!info || devices.length < this.#options.devices) return Infinity;
        for (const { device_id, stream } of devices) {
          const last = await newestMessage(manager, info, dataSubject(name, device_id)).catch(() => null);
          bench.epoch = stream.epoch;
          const next = Number(last?.header.get(FRAME_HEADERS.next) ?? 0);
          if (next === 0 || last!.header.get(FRAME_HEADERS.epoch) !== stream.epoch) return Infinity;
          most = Math.max(most, stream.sequence - next);
          if (most > enough) return most;
        }
      }
      return most;
    });
  }

  /**
   * Ends the daemons, waits until the reader has all, and checks it. `lostByHub` is without what the benches have not recorded
   * either: a bench that gets no processor for longer than its rings reach records a gap.
   */
  async check(): Promise<FleetCheck & { lostByHub: number; missing: string[] }> {
    for (const { child } of this.benches) await end(child!, "SIGTERM");
    const ends = await this.#withManager((manager) =>
      Promise.all(this.benches.map(async ({ name }) => (await manager.streams.info(streamName(name))).state.last_seq))
    );
    const total = () => readMessages(this.#journal);
    await until("the reader has all", async () => {
      const messages = await total();
      return this.benches.every(({ name }, i) => messages.findLast(({ bench }) => bench === name)?.seq === ends[i]);
    });
    const check = checkMessages(await total());
    // All that is recorded of runs that have ended is at the hub; of the last ones, the end would follow at the next start.
    const recorded = this.benches.flatMap((bench) => recordedEnds(bench));
    const missing = recorded.filter(({ key, next }) => next > (check.ends.get(key) ?? 0) && !this.#isLast(key)).map((
      { key, next },
    ) => `${key}: ${check.ends.get(key) ?? 0} of ${next}`);
    const lost = [...check.lostOf].map(([key, lost]) => lost - (recorded.find((it) => it.key === key)?.lost ?? 0));
    return { ...check, lostByHub: lost.reduce((sum, it) => sum + Math.max(0, it), 0), missing };
  }

  get #journal(): string {
    return `${this.#folder}/read.jsonl`;
  }

  /** The processes, to measure them. */
  pids(): { name: string; pid: number }[] {
    const daemons = this.benches.map(({ name, child }) => ({ name, pid: child!.pid }));
    const between = [{ name: "hub", pid: this.#server.pid }, { name: "relay", pid: this.#relay.pid }];
    return [...daemons, ...between, { name: "reader", pid: this.#reader!.pid }];
  }

  #isLast(key: string): boolean {
    const [bench, , epoch] = key.split("/");
    return this.benches.some((it) => it.name === bench && it.epoch === epoch);
  }

  async #start(): Promise<void> {
    const { benches, devices, rate, device = "", compress = "catch-up" } = this.#options;
    this.#folder = await Deno.makeTempDir({ prefix: "labdaemon-fleet-" });
    this.#stack.defer(() => Deno.remove(this.#folder, { recursive: true }));
    this.#server = this.#stack.use(await natsServer());
    this.#stack.defer(() => this.#nats?.close());
    const port = new URL(this.#server.url).port;
    this.#relay = program("relay.ts", port);
    this.#stack.defer(() => end(this.#relay, "SIGKILL"));
    this.#relayOut = this.#relay.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stack.defer(() => this.#relayOut.cancel());
    this.#relayIn = this.#relay.stdin.getWriter();
    this.#stack.defer(() => this.#relayIn.close());
    const relayPort = (await firstLine(this.#relayOut)).trim();
    for (let i = 0; i < benches; i++) {
      const name = `lab${i + 1}`;
      const list = Array.from(
        { length: devices },
        (_, k) =>
          `  - { id: daq${k + 1}, driver: Counter, process: daqs, streaming: always, record: always, ` +
          `options: { sample_rate: ${rate} }${device && `, ${device}`} }\n`,
      );
      const hub = `hub: { servers: ["nats://127.0.0.1:${relayPort}"], bench: ${name}, compress: ${compress} }\n`;
      const folder = await benchFolder(`${hub}devices:\n${list.join("")}`, ["counter.ts"]);
      this.#stack.defer(() => Deno.remove(folder, { recursive: true }));
      const bench: FleetBench = { name, folder, url: "", epoch: "", child: undefined };
      this.benches.push(bench);
      this.#stack.defer(() => bench.child && end(bench.child, "SIGTERM"));
    }
    await Promise.all(this.benches.map((bench) => this.#serve(bench)));
    await this.#startReader();
    this.#stack.defer(() => end(this.#reader!, "SIGKILL"));
  }

  async #serve(bench: FleetBench): Promise<void> {
    bench.child = serveCommand(bench.folder, { args: ["--port", "0"], log: "log" }).spawn();
    let printed = "";
    const ready = Promise.withResolvers<string>();
    const read = async () => {
      for await (const text of bench.child!.stdout.pipeThrough(new TextDecoderStream())) {
        printed += text;
        if (printed.includes("Ctrl-C")) ready.resolve(/https?:\/\/\S+/.exec(printed)![0]);
      }
      ready.reject(new Error(`a daemon has ended: ${printed}`));
    };
    read().catch(ready.reject);
    bench.child.stderr.pipeTo(new WritableStream()).catch(() => {});
    bench.url = await within(ready.promise, () => `the daemon is not ready: ${printed}`);
  }

  async #startReader(): Promise<void> {
    this.#reader = program("hub_reader.ts", this.#server.url, this.#journal, ...this.benches.map(({ name }) => name));
    await this.#reader.stdin.close();
    const output = this.#reader.stdout.pipeThrough(new TextDecoderStream()).getReader();
    await firstLine(output);
    await output.cancel();
  }

  /** One connection for as long as the server lives: each costs it, and this program, more than what is asked. */
  async #withManager<T>(work: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>): Promise<T> {
    if (!this.#nats || this.#nats.isClosed()) {
      this.#nats = await connect({ servers: [this.#server.url], reconnect: false });
    }
    try {
      return await work(await jetstreamManager(this.#nats, { checkAPI: false, timeout: 60_000 }));
    } catch (error) {
      await this.#nats.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function program(name: string, ...args: string[]): Deno.ChildProcess {
  const path = `${import.meta.dirname}/${name}`;
  const config = `${import.meta.dirname}/../../deno.json`;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", `--config=${config}`, "--no-check", "--allow-all", path, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function end(child: Deno.ChildProcess, signal: Deno.Signal): Promise<void> {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
  await within(child.status, () => `a process does not end by ${signal}`);
}

/** The number behind the last sample that is recorded of each device in each run, and how many before it were lost. */
function recordedEnds({ name, folder }: FleetBench): { key: string; next: number; lost: number }[] {
  const ends = new Map<string, { next: number; lost: number }>();
  const root = `${folder}/data/recordings`;
  for (const recording of Deno.readDirSync(root)) {
    for (const file of Deno.readDirSync(`${root}/${recording.name}`)) {
      if (!file.name.endsWith(".sqlite")) continue;
      const db = new DatabaseSync(`${root}/${recording.name}/${file.name}`);
      // Its recorder may be closing it.
      db.exec("PRAGMA busy_timeout = 10000");
      const sql =
        "SELECT device, epoch, max(next) AS next, sum(lost) AS lost FROM row JOIN source ON source.id = row.source " +
        "GROUP BY device, epoch";
      for (const { device, epoch, next, lost } of db.prepare(sql).all()) {
        const key = `${name}/${device}/${epoch}`;
        const before = ends.get(key) ?? { next: 0, lost: 0 };
        ends.set(key, { next: Math.max(before.next, Number(next)), lost: before.lost + Number(lost) });
      }
      db.close();
    }
  }
  return [...ends].map(([key, end]) => ({ key, ...end }));
}
