/** The matrix of routes and kinds of tokens, made from the table of the routes. */
import { deepStrictEqual as equal, match, ok, throws } from "node:assert/strict";
import { assertDeclared } from "../../lib/http/access/enforce.ts";
import { ROUTE_TABLE, type RouteAccess } from "../../lib/http/access/route_table.ts";
import type { Document } from "../../lib/http/openapi/document.ts";
import { SCOPES } from "../../lib/wire/access.ts";
import { setClock } from "../support/time.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { webBench } from "../support/web_bench.ts";

/** A token of the matrix: its scope if it is in force, and whether it is for the device in the path. */
interface Kind {
  name: string;
  headers: HeadersInit;
  scope?: (typeof SCOPES)[number];
  isForDevice: boolean;
}

/** The status that the table declares: 401, 403, or 0 for any other. */
function expected({ scope, devices }: RouteAccess, kind: Kind): number {
  if (scope === "public") return 0;
  if (!kind.scope) return 401;
  if (SCOPES.indexOf(kind.scope) < SCOPES.indexOf(scope)) return 403;
  return !kind.isForDevice && (devices === "path" || devices === "all") ? 403 : 0;
}

async function matrixBench() {
  const tokens = await tokenFolder();
  const bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  const daq1 = { devices: ["daq*"] };
  const other = { devices: ["psu1", "*9"] };
  const revoked = await tokens.token("revoked", "admin");
  await tokens.access.tokens!.revoke("revoked");
  const replaced = await tokens.token("replaced", "admin");
  await tokens.access.tokens!.rotate("replaced");
  const expired = await tokens.token("expired", "admin", { expires_in: "1min" });
  const kinds: Kind[] = [
    { name: "none", headers: {}, isForDevice: false },
    { name: "wrong", headers: { authorization: "Bearer lab_wrong" }, isForDevice: false },
    { name: "of another scheme", headers: { authorization: "Basic YWRtaW46YWRtaW4=" }, isForDevice: false },
    { name: "revoked", headers: revoked, isForDevice: false },
    { name: "replaced", headers: replaced, isForDevice: false },
    { name: "expired", headers: expired, isForDevice: false },
  ];
  for (const scope of SCOPES) {
    kinds.push(
      { name: scope, headers: await tokens.token(scope, scope), scope, isForDevice: true },
      { name: `${scope} of others`, headers: await tokens.token(`${scope}2`, scope, other), scope, isForDevice: false },
    );
  }
  kinds.push({
    name: "read of the device",
    headers: await tokens.token("r3", "read", daq1),
    scope: "read",
    isForDevice: true,
  });
  return {
    bench,
    tokens,
    kinds,
    [Symbol.asyncDispose]: async () => {
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

Deno.test("each route answers each kind of token as the table declares", async (test) => {
  await using matrix = await matrixBench();
  const { bench, kinds } = matrix;
  // A minute later, one of them has expired.
  using _ = setClock(61_000);
  for (const [route, access] of Object.entries(ROUTE_TABLE)) {
    if (route.endsWith("*")) continue;
    const path = route.replace("{device_id}", "daq1").replace(/\{\w+\}/, "nix");
    for (const kind of kinds) {
      // A token of all devices would be right for "all", and one of "daq*" is not.
      const isForDevice = kind.isForDevice && !(access.devices === "all" && kind.name === "read of the device");
      const status = expected(access, { ...kind, isForDevice });
      await test.step(`${route} with ${kind.name}: ${status || "done"}`, async () => {
        // A body that nothing accepts: what is allowed is refused as invalid, and does nothing.
        const body = route.startsWith("GET") ? undefined : "[]";
        await using answer = await answerTo(bench.app, path, body, kind.headers);
        equal([401, 403].includes(answer.status) ? answer.status : 0, status);
        ok(answer.status < 500, String(answer.status));
        equal(answer.headers.has("www-authenticate"), status === 401);
      });
    }
  }
});

/** An answer whose body is not read: a stream has no end. */
async function answerTo(
  app: Awaited<ReturnType<typeof webBench>>["app"],
  request: string,
  body: string | undefined,
  headers: HeadersInit,
) {
  const [method, path] = request.split(" ");
  const all = new Headers(headers);
  if (body) all.set("content-type", "application/json");
  const response = await app.request(path, { method, body, headers: all });
  return {
    status: response.status,
    headers: response.headers,
    [Symbol.asyncDispose]: async () => void await response.body?.cancel(),
  };
}

Deno.test("the description of a route has the scope and the errors of the table", async () => {
  await using bench = await webBench();
  const { body: { paths } } = await bench.ask<Document>("GET /openapi.json");
  for (const [route, { scope }] of Object.entries(ROUTE_TABLE)) {
    const [method, path] = route.split(" ");
    const operation = paths[path]?.[method.toLowerCase()];
    if (path.endsWith("*")) continue;
    ok(operation, `${route} is not described`);
    equal(
      [operation["x-scope"], operation.security.length > 0],
      scope === "public" ? [undefined, false] : [scope, true],
    );
    // Who opens a session sends the token in the body.
    equal("401" in operation.responses, scope !== "public" || route === "POST /session", route);
  }
});

Deno.test("an app with a route that is missing in the table does not start", () => {
  const handler = () => new Response();
  const routes = [
    { method: "GET", path: "/devices", basePath: "/", handler },
    { method: "GET", path: "/backdoor/:id", basePath: "/", handler },
  ];
  throws(() => assertDeclared({ routes }), /route_table\.ts has no entry for GET \/backdoor\/:id/);
});

Deno.test("an unknown path needs a token, too", async () => {
  await using matrix = await matrixBench();
  const [none] = matrix.kinds;
  equal((await matrix.bench.refusal("GET /nothing", undefined, none.headers)).type, "Unauthorized");
  equal((await matrix.bench.refusal("GET /nothing", undefined, matrix.kinds.at(-1)!.headers)).type, "NotFound");
});

Deno.test("an escaped id of a device is the device", async () => {
  await using matrix = await matrixBench();
  const other = matrix.kinds.find(({ name }) => name === "admin of others")!;
  for (const path of ["/devices/%64aq1", "/devices/daq%31", "/devices/%64%61%71%31"]) {
    equal((await matrix.bench.refusal(`GET ${path}`, undefined, other.headers)).type, "Forbidden");
  }
  match(
    (await matrix.bench.refusal("GET /devices/psu1", undefined, other.headers)).message,
    /^Cannot find device "psu1"$/,
  );
});
