import { type CallContext, defineDriver } from "../../lib/driver/mod.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import type { AddDeviceOptions } from "../../lib/device/planner.ts";
import type { Device } from "../../lib/device/device.ts";
import { type App, createApp } from "../../lib/http/app.ts";
import { Watch } from "./watch.ts";

type Home = (context: CallContext) => unknown;

/** A stage with a method of ten minutes, `home`, and one without a limit of its own, `where`. */
export interface Stage extends AsyncDisposable {
  readonly daemon: LabDaemon;
  readonly device: Device;
  readonly watch: Watch;
  /** The calls of the host, in order. */
  readonly calls: string[];
  /** The body of the next `home`. */
  home: Home;
  /** The body of `safe`. */
  safe: (signal: AbortSignal) => unknown;
  readonly app: App;
  /** `fetch` for a client, without a socket. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** The answer to a request, as it is and as JSON. */
  ask(request: string, body?: unknown, headers?: HeadersInit): Promise<Response & { value: unknown }>;
}

/** A connected stage under the id "stage1", in this process. */
export async function openStage(settings: AddDeviceOptions = {}): Promise<Stage> {
  const calls: string[] = [];
  const daemon = new LabDaemon();
  const play = { home: (() => "home") as Home, safe: ((_) => {}) as Stage["safe"] };
  const driver = defineDriver({
    name: "Stage",
    create: () => ({
      disconnect: () => void calls.push("disconnect"),
      async safe(reason, signal) {
        calls.push(`safe: ${reason}`);
        await play.safe(signal);
      },
      async *stream(signal) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    }),
    methods: {
      home: {
        limit: "10min",
        async run(_, __, context) {
          calls.push("home");
          try {
            return await play.home(context);
          } finally {
            calls.push("homed");
          }
        },
      },
      where: { run: () => (calls.push("where"), 12) },
    },
  });
  daemon.registerPlugins({ devices: { Stage: driver } });
  const device = await daemon.addDevice("stage1", "Stage", {}, settings);
  const watch = new Watch(device);
  await device.connect();
  const app = createApp(daemon);
  return Object.assign(play, {
    daemon,
    device,
    watch,
    calls,
    app,
    fetch: async (url: string, init?: RequestInit) => await app.fetch(new Request(url, init)),
    async ask(request: string, body?: unknown, headers: HeadersInit = {}) {
      const [method, path] = request.split(" ");
      const all = new Headers(headers);
      if (body !== undefined) all.set("content-type", "application/json");
      const response = await app.request(path, {
        method,
        headers: all,
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.clone().text();
      return Object.assign(response, { value: text && JSON.parse(text) });
    },
    async [Symbol.asyncDispose]() {
      await daemon.shutdown();
      watch[Symbol.dispose]();
    },
  });
}

/** Never ends, and ignores its signal. */
export const stuck: Home = () => new Promise(() => {});

/** Ends when its signal aborts. */
export const untilAborted: Home = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
