import { deepStrictEqual as equal } from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);

/** A proxy that refuses every connection, as a company's proxy refuses what is on this machine. */
const PROXY = "http://127.0.0.1:1";
const ENV = { HTTP_PROXY: PROXY, http_proxy: PROXY, HTTPS_PROXY: PROXY, ALL_PROXY: PROXY, NO_PROXY: "", no_proxy: "" };

const STATE = 'event: device_state\ndata: {"event":"device_state","device_id":"daq1","state":"connected"}\n\n';

/** A daemon as far as these programs need it. */
function serve(hostname: string) {
  const server = Deno.serve({ hostname, port: 0, onListen: () => {} }, (request) => {
    if (!request.url.includes("/stream/")) return Response.json({ devices: [] });
    return new Response(STATE, { headers: { "content-type": "text/event-stream" } });
  });
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function run(args: string[], env: Record<string, string> = {}) {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env: { ...ENV, ...env }, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

for (const [listen, host] of [["127.0.0.1", "127.0.0.1"], ["127.0.0.1", "localhost"], ["::1", "[::1]"]]) {
  Deno.test(`the TypeScript client reaches ${host} directly where the environment names a proxy`, async () => {
    await using daemon = serve(listen);
    const url = `http://${host}:${daemon.port}`;
    const program = `import { ServerAPI, SSEClient } from "labdaemon/client";
      console.log(await new ServerAPI("${url}").listDevices());
      for await (const { event } of new SSEClient("${url}").events("daq1")) { console.log(event); break; }`;
    const { code, out, err } = await run(["eval", "--no-lock", program]);
    equal([code, out, err], [0, "[]\ndevice_state\n", ""]);
  });
}

Deno.test("ctl reaches a daemon on this machine directly where the environment names a proxy", async () => {
  await using daemon = serve("127.0.0.1");
  const [, ...task] = config.tasks.ctl.command.split(" ");
  const { code, out, err } = await run([...task, "list", "--json"], {
    LABDAEMON_URL: `http://127.0.0.1:${daemon.port}`,
  });
  equal([code, out, err], [0, "[]\n", ""]);
});

Deno.test("the client needs no permission but that for the daemon's address", async () => {
  await using daemon = serve("127.0.0.1");
  const host = `127.0.0.1:${daemon.port}`;
  const folder = await Deno.makeTempDir();
  try {
    const program = `import { ServerAPI } from "${new URL("lib/client/mod.ts", ROOT)}";
      console.log(await new ServerAPI("http://${host}").listDevices());`;
    await Deno.writeTextFile(`${folder}/program.ts`, program);
    const args = ["run", "--no-prompt", "--config", new URL("deno.json", ROOT).pathname, `--allow-net=${host}`];
    const { code, out, err } = await run([...args, `${folder}/program.ts`]);
    equal([code, out, err], [0, "[]\n", ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
