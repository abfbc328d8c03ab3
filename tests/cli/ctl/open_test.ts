import { deepEqual, equal, match } from "node:assert/strict";
import { run } from "../../../lib/cli/ctl/run.ts";
import { type WebBench, webBench } from "../../support/web_bench.ts";
import { ctl, RecordedSink } from "./ctl_bench.ts";

Deno.test("open prints the address of the page where no browser opens", async () => {
  await using bench = await webBench();
  const env = { LABDAEMON_URL: "http://labpc:5000/bench/" };

  equal((await ctl(bench.app, ["open"])).out, "http://127.0.0.1:5000/\n");
  equal((await ctl(bench.app, ["open", "daq1"])).out, "http://127.0.0.1:5000/#/devices/daq1\n");
  equal((await ctl(under("/bench", bench), ["open", "daq1"], { env })).out, "http://labpc:5000/bench/#/devices/daq1\n");
});

Deno.test("open opens the page in the browser, and prints nothing then", async () => {
  await using bench = await webBench();
  const opened: string[] = [];
  const [stdout, stderr] = [new RecordedSink(), new RecordedSink()];

  const code = await run(["open", "daq1"], {
    stdout,
    stderr,
    env: () => undefined,
    signal: new AbortController().signal,
    fetch: async (url, init) => await bench.app.fetch(new Request(url, init)),
    browse: (address) => Promise.resolve(opened.push(address) > 0),
  });

  deepEqual([code, stdout.text, stderr.text], [0, "", ""]);
  deepEqual(opened, ["http://127.0.0.1:5000/#/devices/daq1"]);
});

Deno.test("open refuses a device that the daemon does not know, and a daemon that does not answer", async () => {
  await using bench = await webBench();

  const unknown = await ctl(bench.app, ["open", "dag1"]);
  deepEqual([unknown.code, unknown.out], [1, ""]);
  match(unknown.err, /Did you mean daq1\?/);
  const unreachable = { fetch: () => Promise.reject(new TypeError("connection refused")) };
  equal((await ctl(unreachable, ["open"])).code, 3);
});

/** The daemon behind a proxy that serves it below a path. */
function under(path: string, { app }: WebBench): Parameters<typeof ctl>[0] {
  return {
    fetch: (request) => app.fetch(new Request(request.url.replace(`labpc:5000${path}`, "127.0.0.1:5000"), request)),
  };
}
