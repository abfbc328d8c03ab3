/** The methods of the clients about access, against the daemon's own web layer. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { type Fetch, ServerAPI, SSEClient } from "../../lib/client/mod.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { webBench } from "../support/web_bench.ts";

const BASE = "http://127.0.0.1:5000";

/** A daemon that needs tokens, and the `fetch` of a page of it: a browser keeps cookies and names the page. */
async function closedDaemon() {
  const tokens = await tokenFolder();
  const bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  const root = (await tokens.token("root", "admin")).authorization.slice("Bearer ".length);
  const direct: Fetch = (url, init) => Promise.resolve(bench.app.request(url, init));
  let cookie = "";
  const ofPage: Fetch = async (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set("origin", BASE);
    headers.set("cookie", cookie);
    const response = await bench.app.request(url, { ...init, headers });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    return response;
  };
  return {
    ...{ bench, root, direct, ofPage },
    api: new ServerAPI(BASE, { token: root, fetch: direct }),
    [Symbol.asyncDispose]: async () => {
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

Deno.test("tokens are made, listed, replaced and revoked", async () => {
  await using daemon = await closedDaemon();
  const { api } = daemon;
  const { token } = await api.createToken("alice", "read", { devices: ["daq*"], expires_in: "1h" });
  const alice = new ServerAPI(BASE, { token, fetch: daemon.direct });
  equal((await alice.getSession()).devices, ["daq*"]);
  await rejects(alice.listTokens(), { type: "Forbidden" });
  const rotated = await api.rotateToken("alice");
  await rejects(alice.listDevices(), { type: "Unauthorized" });
  equal((await api.listTokens()).map(({ name }) => name), ["root", "alice"]);
  await api.revokeToken("alice");
  await rejects(new ServerAPI(BASE, { token: rotated.token, fetch: daemon.direct }).listDevices(), {
    type: "Unauthorized",
  });
});

Deno.test("a page logs in, commands with its session, and logs out", async () => {
  await using daemon = await closedDaemon();
  const page = new ServerAPI(BASE, { fetch: daemon.ofPage });
  await rejects(page.connectDevice("daq1"), { type: "Unauthorized" });
  equal((await page.openSession(daemon.root)).name, "root");
  equal((await page.connectDevice("daq1")).state, "connected");
  await page.closeSession();
  await rejects(page.getSession(), { type: "Unauthorized" });
});

Deno.test("a stream without a token has a ticket for each connection", async () => {
  await using daemon = await closedDaemon();
  await daemon.bench.device.connect();
  const asked: string[] = [];
  const client = new SSEClient(`${BASE}/`, {
    fetch: daemon.direct,
    onError: () => {},
    ticket: async (path) => {
      asked.push(path);
      return (await daemon.api.createTicket(path, "control")).ticket;
    },
  });
  const stop = new AbortController();
  for await (const event of client.events("daq1", { signal: stop.signal, options: { sample_rate: 5 } })) {
    if (event.event === "device_state") stop.abort();
  }
  equal(asked, ["/stream/devices/daq1"]);
});

Deno.test("the audit log is read by pages, with filters", async () => {
  await using daemon = await closedDaemon();
  const { api } = daemon;
  for (let i = 0; i < 3; i++) await api.disconnectDevice("daq1");
  const newest = await api.listAudit({ limit: 2, action: "disconnect", who: "root" });
  equal(newest.entries.map(({ outcome }) => outcome), ["asked", "done"]);
  const older = await api.listAudit({ before: newest.next!, device: "daq1" });
  equal([older.entries.length, older.next], [4, null]);
});
