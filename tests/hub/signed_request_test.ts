import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { nkeys } from "@nats-io/transport-node";
import { KnownBench } from "../../lib/hub/view/known_bench.ts";
import { isSignedBy, Signer } from "../../lib/hub/signed/nkey.ts";
import { SignatureCheck, type SignedRequest, signRequest } from "../../lib/hub/signed/signed_request.ts";

const key = nkeys.createUser();
const signer = new Signer(new TextDecoder().decode(key.getSeed()));
const body = new TextEncoder().encode('{"method":"on"}');

function requestAt(at: number, more: Partial<SignedRequest> = {}) {
  const caller = { name: "alice", scope: "control" as const, devices: ["lab3/*"] };
  const path = "/devices/psu1/call";
  return signRequest(signer, {
    ...{ bench: "lab3", epoch: "k3f9", at, caller, method: "POST", path, headers: {} },
    ...more,
  }, body);
}

const checkOf = (views = [key.getPublicKey()]) => new SignatureCheck({ views, bench: "lab3", epoch: "k3f9" });

Deno.test("a signature is that of NATS, and of one key only", () => {
  const other = nkeys.createUser();
  const signature = signer.sign("text");
  equal(
    signature,
    new Uint8Array(key.sign(new TextEncoder().encode("text"))).toBase64({ alphabet: "base64url", omitPadding: true }),
  );
  equal(isSignedBy([other.getPublicKey(), key.getPublicKey()], "text", signature), true);
  equal(isSignedBy([other.getPublicKey()], "text", signature), false);
  equal(isSignedBy([key.getPublicKey()], "texts", signature), false);
  equal(isSignedBy([key.getPublicKey()], "text", "x"), false);
  throws(() => new Signer("no seed"), /no seed of a user/);
});

Deno.test("a bench answers a signed request once, if it is for itself, for this run, fresh, and as it was signed", () => {
  const check = checkOf();
  const { text, signature } = requestAt(Date.now());
  equal(check.open(text, signature, body).caller.name, "alice");
  throws(() => check.open(text, signature, body), /it was answered before/);
  const refused = (request: { text: string; signature: string }, why: RegExp, sent = body, by = check) =>
    throws(() => by.open(request.text, request.signature, sent), why);
  refused(requestAt(Date.now()), /its body is another one/, new Uint8Array());
  refused(requestAt(Date.now(), { bench: "lab4" }), /for another bench/);
  refused(requestAt(Date.now(), { epoch: "x8k2" }), /the daemon was restarted/);
  refused(requestAt(Date.now() - 45_000), /signed 45\.\d s ago, .* the clocks of the bench and of the view differ/);
  refused(requestAt(Date.now() + 46_000), /signed 4[56]\.\d s in the future, .* the clocks/);
  refused(requestAt(Date.now()), /no view that this bench trusts/, body, checkOf([nkeys.createUser().getPublicKey()]));
  refused(requestAt(Date.now()), /no view that this bench trusts/, body, checkOf([]));
  const changed = requestAt(Date.now());
  refused({ ...changed, text: changed.text.replace("alice", "admin") }, /no view that this bench trusts/);
});

Deno.test("a signed text that is no request is refused as one, and is no failure of the bench", () => {
  for (const text of ["no JSON", "[]", '{"bench":"lab3"}']) {
    throws(() => checkOf().open(text, signer.sign(text), body), {
      code: "InvalidRequest",
      message: /"Lab-Signed" is none/,
    });
  }
});

Deno.test("a view that has just started signs by the clock of a bench, whose heartbeat the hub has stored", () => {
  const bench = new KnownBench("lab3");
  const storedAtMs = Date.now() - 2_000;
  const at = new Date(storedAtMs - 120_000).toISOString();
  const about = { bench: "lab3", version: "1.0.0", host: null, epoch: "k3f9", since: at, heartbeat: 5, ended_at: null };
  bench.takeBeat({ ...about, at }, storedAtMs);
  ok(Math.abs(bench.now - (Date.now() - 120_000)) < 1_000);
  equal(bench.awaySince, null);
  bench.takeBeat({ ...about, at }, Date.now() - 20_000);
  equal(bench.awaySince, at);
});
