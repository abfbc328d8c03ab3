import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { startPeer } from "../support/peers.ts";
import { serveBench } from "../support/served_bench.ts";

const root = join(import.meta.dirname!, "../..");

/** systemd's side of the socket: prints each datagram. */
const RECEIVER = `
import socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound")
while True:
    print(receiver.recv(4096).decode())
`;

async function succeeds(command: string): Promise<boolean> {
  return (await new Deno.Command("sh", { args: ["-c", command], stdout: "null", stderr: "null" }).output()).success;
}

const isSystemdMissing = !await succeeds("command -v systemd-notify") && Deno.env.get("CI") !== "true";
if (isSystemdMissing) console.log("Skipping the tests of systemd: there is no systemd-notify");

Deno.test({
  name: "systemd learns that the daemon listens, that its event loop runs, and that it stops",
  ignore: isSystemdMissing,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const socket = `${folder}/notify`;
      await using systemd = await startPeer({ command: () => ["python3", "-c", RECEIVER, socket], ready: /bound/ });
      await using bench = await serveBench("", { env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "900000" } });
      await systemd.printed(/READY=1\nSTATUS=Listening on http:\/\/127\.0\.0\.1:\d+/);
      await systemd.printed(/WATCHDOG=1[^]*WATCHDOG=1/);
      bench.kill("SIGTERM");
      await bench.status;
      await systemd.printed(/STOPPING=1/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "the units are ones that systemd accepts",
  ignore: isSystemdMissing,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      // The program may be elsewhere here.
      const unit = (await Deno.readTextFile(join(root, "deploy/labdaemon.service")))
        .replace("/usr/local/bin/deno", "/bin/sh");
      await Deno.writeTextFile(`${folder}/labdaemon.service`, unit);
      const verify = async (name: string) => {
        const args = ["verify", "--man=no", `${folder}/${name}`];
        const { stderr } = await new Deno.Command("systemd-analyze", { args }).output();
        const found = new TextDecoder().decode(stderr).split("\n").filter((line) => line.includes(name));
        equal(found.join(), "");
      };
      await verify("labdaemon.service");
      const keep = await Deno.readTextFile(join(root, "deploy/nats/labdaemon-keep.service"));
      await Deno.writeTextFile(`${folder}/labdaemon-keep.service`, keep.replace("/usr/local/bin/deno", "/bin/sh"));
      await verify("labdaemon-keep.service");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("the unit and the image run the daemon with the flags of the task, and from the cache", async () => {
  const [, ...flags] = config.tasks.serve.command.split(" ");
  const [run, ...more] = flags;
  const expected = [run, "--cached-only", ...more].join(" ");
  const unit = await Deno.readTextFile(join(root, "deploy/labdaemon.service"));
  match(unit.replace(/\\\n\s*/g, ""), new RegExp(`^ExecStart=/usr/local/bin/deno ${escaped(expected)}$`, "m"));
  const view = await Deno.readTextFile(join(root, "deploy/nats/view.conf"));
  match(
    view.replace(/\\\n\s*/g, ""),
    new RegExp(`^ExecStart=/usr/local/bin/deno ${escaped(expected)} --hub-view$`, "m"),
  );
  const keep = await Deno.readTextFile(join(root, "deploy/nats/labdaemon-keep.service"));
  const [, ...keepFlags] = config.tasks.hub.command.split(" ");
  const started = keepFlags.filter((it) => it !== "--quiet").join(" ").replace(/^run/, "run --cached-only --quiet");
  match(keep.replace(/\\\n\s*/g, ""), new RegExp(`^ExecStart=/usr/local/bin/deno ${escaped(started)} keep `, "m"));
  const image = await Deno.readTextFile(join(root, "deploy/Containerfile"));
  const [, list] = /^ENTRYPOINT (\[[^\]]*\])/m.exec(image.replace(/\\\n\s*/g, ""))!;
  equal(JSON.parse(list).join(" "), `tini -s -- deno ${expected}`);
  ok(image.includes("USER 10001"));
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
