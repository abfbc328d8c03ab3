import { deepStrictEqual as equal, match } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ctl } from "../cli/ctl/ctl_bench.ts";
import { run } from "../support/peers.ts";
import { serveBench } from "../support/served_bench.ts";
import { SSEReader } from "../support/sse_reader.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const nowhere = { fetch: () => new Response() };

/** A certificate of its own for this machine in a new folder. */
async function selfSigned(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  const { code, out, err } = await ctl(nowhere, ["tls", "self-signed", "--out", folder]);
  equal([code, err], [0, ""]);
  match(out, /^tls: \{ cert: \S+\/cert\.pem, key: \S+\/key\.pem \}$/m);
  equal(((await Deno.stat(`${folder}/key.pem`)).mode ?? 0) & 0o777, 0o600);
  return folder;
}

/** A `fetch` that trusts one certificate. */
async function trusting(folder: string): Promise<Disposable & { get(url: string): Promise<Response> }> {
  const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/cert.pem`)] });
  return { get: (url) => fetch(url, { client }), [Symbol.dispose]: () => client.close() };
}

Deno.test("a daemon with a certificate serves https: HTTP/2, ctl, Python, and a new certificate without a cut of streams", async (test) => {
  const [first, second] = [await selfSigned(), await selfSigned()];
  const files = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  const install = async (from: string) => {
    for (const name of ["cert.pem", "key.pem"]) await Deno.copyFile(`${from}/${name}`, `${files}/${name}`);
  };
  await install(first);
  await using bench = await serveBench(
    `tls: { cert: ${files}/cert.pem, key: ${files}/key.pem, hsts: true }\n` +
      "devices: [{ id: daq1, driver: StreamingDAQ, streaming: always }]\n",
    { drivers: ["streaming_daq.ts"], isHasty: true },
  );
  const url = `https://127.0.0.1:${bench.port}`;
  using known = await trusting(first);

  await test.step("it names its address, and asks for https", async () => {
    match(bench.printed.stdout, new RegExp(url));
    const response = await known.get(`${url}/health`);
    equal([response.status, response.headers.get("strict-transport-security")], [200, "max-age=31536000"]);
    await response.body?.cancel();
  });

  await test.step("HTTP/2", async () => {
    const flags = ["-s", "--http2", "--cacert", `${first}/cert.pem`, "-o", "/dev/null", "-w", "%{http_version}"];
    equal(await run("curl", ...flags, `${url}/health`), "2");
    // Without a Host header, the daemon's own page is its own nevertheless.
    const page = ["-H", `Origin: ${url}`, "-H", "Content-Type: application/json", "-d", '{"token":"none"}'];
    const status = ["-w", "%{http_version} %{http_code}"];
    equal(await run("curl", ...flags.slice(0, -2), ...status, ...page, `${url}/session`), "2 200");
  });

  await test.step("ctl, and Python's client", async () => {
    const program = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "lib/cli/ctl/main.ts", "--url", url, "list"],
      cwd: ROOT,
      env: { DENO_CERT: `${first}/cert.pem` },
    });
    const { stdout } = await program.output();
    match(new TextDecoder().decode(stdout), /daq1\s+StreamingDAQ/);
    const stranger = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "lib/cli/ctl/main.ts", "--url", url, "list"],
      cwd: ROOT,
    });
    const refused = await stranger.output();
    match(new TextDecoder().decode(refused.stderr), /^Cannot trust the daemon at \S+: .*DENO_CERT\n.*UnknownIssuer/);
    const script = `from labdaemon.server import SSEClient
import threading
done = threading.Event()
client = SSEClient("${url}", on_event=lambda event: done.set())
client.start_device_stream("daq1")
print(done.wait(30))
client.stop_stream()
`;
    const python = new Deno.Command("python3", {
      args: ["-c", script],
      env: { PYTHONPATH: `${ROOT}python`, SSL_CERT_FILE: `${first}/cert.pem` },
    });
    const { stdout: printed, stderr } = await python.output();
    equal(new TextDecoder().decode(printed).trim(), "True", new TextDecoder().decode(stderr));
  });

  await test.step("a new certificate: new connections use it, and an open stream continues", async () => {
    await using stream = new SSEReader(await known.get(`${url}/stream/devices/daq1`));
    const { sequence: before } = await stream.sample();
    await install(second);
    await bench.untilPrinted("stderr", /New connections use the new certificate/);
    using renewed = await trusting(second);
    await (await renewed.get(`${url}/health`)).body?.cancel();
    const { sequence: after } = await stream.sample();
    equal(stream.sequences, Array.from({ length: after! - before! + 1 }, (_, i) => before! + i));
  });

  await test.step("files that do not belong together are logged, and the certificate before them stays", async () => {
    await Deno.copyFile(`${first}/key.pem`, `${files}/key.pem`);
    await bench.untilPrinted("stderr", /Cannot use tls\.cert .* the certificate before it stays/);
    using renewed = await trusting(second);
    equal((await renewed.get(`${url}/health`).then((it) => it.json())).status, "healthy");
  });
});
