import { deepStrictEqual as equal, doesNotMatch, match, ok, rejects, throws } from "node:assert/strict";
import { Access } from "../../lib/access/access.ts";
import { readCtlToken, writeCtlToken } from "../../lib/access/ctl_token.ts";
import { assertProtected } from "../../lib/access/assert_protected.ts";
import { Principal } from "../../lib/access/principal.ts";
import { TokenStore } from "../../lib/access/token_store.ts";
import type { LabError } from "../../lib/errors.ts";
import { setClock } from "../support/time.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  try {
    await run(`${folder}/data`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the file has hashes only, and only its user can read it", () =>
  withFolder(async (folder) => {
    const store = await TokenStore.open(folder);
    const { token } = await store.create({ name: "alice", scope: "admin" });
    const text = await Deno.readTextFile(`${folder}/tokens.json`);
    doesNotMatch(text, new RegExp(token.slice(4)));
    match(text, /"hash": "[\w-]{43}"/);
    equal([(await Deno.stat(`${folder}/tokens.json`)).mode! & 0o777, (await Deno.stat(folder)).mode! & 0o777], [
      0o600,
      0o700,
    ]);
    equal([...Deno.readDirSync(folder)].map(({ name }) => name), ["tokens.json"]);
  }));

Deno.test("a token that a full or broken disk does not take is refused as unavailable, and is none", () =>
  withFolder(async (folder) => {
    const store = await TokenStore.open(folder);
    await Deno.writeTextFile(folder, "no folder");
    await rejects(store.create({ name: "alice", scope: "admin" }), (error: LabError) => {
      match(error.message, /^Cannot change the tokens: .*os error/);
      return error.code === "Unavailable";
    });
    equal(store.list(), []);
  }));

Deno.test("tokens survive a restart, with their last use", () =>
  withFolder(async (folder) => {
    const store = await TokenStore.open(folder);
    const { token } = await store.create({ name: "alice", scope: "control", devices: ["psu*"] });
    store.find(token);
    await store.close();
    const again = await TokenStore.open(folder);
    equal([again.find(token)?.name, again.find(token)?.devices, again.find("lab_x")], ["alice", ["psu*"], undefined]);
    ok(again.list()[0].last_used_at);
  }));

Deno.test("a change of the file by another program takes effect at the next look, and ends what was revoked", () =>
  withFolder(async (folder) => {
    const [daemon, other] = [await TokenStore.open(folder), await TokenStore.open(folder)];
    const alice = await other.create({ name: "alice", scope: "read" });
    const bob = await other.create({ name: "bob", scope: "read" });
    await daemon.sweep();
    const [a, b] = [daemon.find(alice.token)!, daemon.find(bob.token)!];
    await other.revoke("alice");
    await daemon.sweep();
    equal([a.ended.aborted, b.ended.aborted, daemon.find(alice.token)], [true, false, undefined]);
    equal(daemon.find(bob.token), b);
  }));

Deno.test("a file that is removed or broken while the daemon runs opens nothing", () =>
  withFolder(async (folder) => {
    const store = await TokenStore.open(folder);
    const { token } = await store.create({ name: "alice", scope: "read" });
    for (
      const spoil of [
        () => Deno.writeTextFile(`${folder}/tokens.json`, "{"),
        () => Deno.remove(`${folder}/tokens.json`),
      ]
    ) {
      await spoil();
      await store.sweep();
      equal([store.size, store.find(token)?.name], [1, "alice"]);
    }
  }));

Deno.test("a file that is broken, or that others may write, is refused at the start", () =>
  withFolder(async (folder) => {
    await (await TokenStore.open(folder)).create({ name: "alice", scope: "read" });
    await Deno.chmod(`${folder}/tokens.json`, 0o622);
    await rejects(TokenStore.open(folder), /others may write it/);
    await Deno.writeTextFile(`${folder}/tokens.json`, "[]", { mode: 0o600 });
    await rejects(TokenStore.open(folder), /Cannot use the tokens in .*tokens\.json/);
  }));

Deno.test("an expired token is refused, and what it has opened ends at the next look", () =>
  withFolder(async (folder) => {
    const store = await TokenStore.open(folder);
    const { token } = await store.create({ name: "alice", scope: "read", expires_in: "1d" });
    const { ended } = store.find(token)!;
    using _ = setClock(86_401_000);
    equal(ended.aborted, false);
    store.endExpired();
    equal(ended.aborted, true);
    throws(() => store.find(token), /"alice": it has expired/);
  }));

Deno.test("rotating begins a lifetime again, and a name is used once", () =>
  withFolder(async (folder) => {
    const store = await TokenStore.open(folder);
    const old = await store.create({ name: "alice", scope: "read", expires_in: "2h" });
    await rejects(store.create({ name: "alice", scope: "admin" }), { code: "TokenExists" });
    await rejects(store.revoke("bob"), { code: "TokenNotFound" });
    const { ended } = store.find(old.token)!;
    using _ = setClock(3_600_000);
    const rotated = await store.rotate("alice");
    equal([ended.aborted, store.find(old.token)], [true, undefined]);
    const hours = (Date.parse(rotated.expires_at!) - Date.parse(old.expires_at!)) / 3_600_000;
    equal(Math.round(hours), 1);
  }));

Deno.test("a glob matches from the beginning to the end, in no time", () => {
  const cases: [glob: string, id: string, sees: boolean][] = [
    ["daq1", "daq1", true],
    ["daq1", "daq12", false],
    ["daq*", "daq", true],
    ["*1", "daq1", true],
    ["*1", "daq12", false],
    ["a*b*c", "a1b2c", true],
    ["a*b*c", "acb", false],
    ["a*a", "a", false],
    ["*.*", "a.b", true],
    ["a.c", "abc", false],
    [`${"a*".repeat(32)}`, "a".repeat(63) + "b", true],
    [`${"a*".repeat(31)}c`, "a".repeat(64), false],
  ];
  const { signal } = new AbortController();
  for (const [glob, id, sees] of cases) {
    equal(new Principal({ name: "", scope: "read", devices: [glob], ended: signal }).sees(id), sees, `${glob} ${id}`);
  }
});

Deno.test("a daemon that others reach needs a token, or the word that it needs none", () =>
  withFolder(async (folder) => {
    const open = await Access.open({ folder, authentication: null });
    for (const host of ["127.0.0.1", "localhost", "::1", "127.1.2.3"]) assertProtected(host, null, open);
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "labpc"]) {
      throws(() => assertProtected(host, null, open), /two ways out:[^]*ctl token create[^]*auth: none/);
      assertProtected(host, "none", Access.none());
      assertProtected(host, "tokens", await Access.open({ folder, authentication: "tokens" }));
    }
    await open.tokens!.create({ name: "alice", scope: "read" });
    assertProtected("0.0.0.0", null, open);
  }));

Deno.test("the token of ctl goes to its daemon only", () =>
  withFolder(async (folder) => {
    await writeCtlToken(folder, "http://127.0.0.1:5000", "lab_1");
    const cases: [url: string, token: string | undefined][] = [
      ["http://127.0.0.1:5000", "lab_1"],
      ["http://localhost:5000/", "lab_1"],
      ["http://127.0.0.1:5001", undefined],
      ["https://127.0.0.1:5000", undefined],
      ["http://evil.example:5000", undefined],
      ["http://127.0.0.1.evil.example:5000", undefined],
    ];
    for (const [url, token] of cases) equal(await readCtlToken(folder, url), token, url);
  }));
