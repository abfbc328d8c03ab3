import { deepStrictEqual as equal } from "node:assert/strict";
import { webBench } from "../support/web_bench.ts";

Deno.test("promtool, of Prometheus, finds nothing wrong with /metrics", async () => {
  const connections = { count: 3, countOfClient: 2, limits: { all: 10, ofClient: 5 } };
  await using bench = await webBench({}, { host: "127.0.0.1", connections });
  await bench.device.connect();
  await bench.ask("POST /devices/daq1/call", { method: "work" });
  await bench.ask("POST /recordings", { name: "run" });
  const { text } = await bench.ask("GET /metrics");
  const promtool = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const input = promtool.stdin.getWriter();
  await input.write(new TextEncoder().encode(text));
  await input.close();
  const { success, stdout, stderr } = await promtool.output();
  equal([success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)], [true, ""]);
});
