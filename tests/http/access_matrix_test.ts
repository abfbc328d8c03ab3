/** The matrix of routes and kinds of tokens, made from the table of the routes. */
import { deepStrictEqual as equal, match, ok, throws } from "node:assert/strict";
import { assertDeclared } from "../../lib/http/access/enforce.ts";
import { ROUTE_TABLE, type RouteAccess } from "../../lib/http/access/route_table.ts";
import { BenchDocument, RoutesDocument } from "../../lib/http/openapi/bench_document.ts";
import type { Document } from "../../lib/http/openapi/document.ts";
import { type Scope, SCOPES } from "../../lib/wire/access.ts";
import { setClock } from "../support/time.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { webBench } from "../support/web_bench.ts";

const HOST = "127.0.0.1:5000";

/** The pages of the daemon itself. */
const OWN = { host: HOST, origin: `http://${HOST}` };

/** A way to ask: a token, a session or a ticket. */
interface Kind {
  name: string;
  headers: Record<string, string>;
  /** Its scope, if it is in force. */
  scope?: Scope;
  /** Ids of devices, if it is for some. */
  devices?: string[];
  /** A session whose commands are refused, without its CSRF token, or all that it asks, from another page. */
  lacks?: "csrf" | "page";
  /** Makes a ticket for a path, which is in force or not. */
  ticket?(path: string): string;
}

/** The status that the table declares: 401, 403, or 0 for any other. */
function expected(route: string, { scope, devices }: RouteAccess, kind: Kind): number {
  const isStream = /^GET \/stream/.test(route);
  if (kind.lacks === "page") return 403;
  if (scope === "public") return 0;
  if (!kind.scope || (kind.ticket && !isStream)) return 401;
  if (kind.lacks === "csrf" && !route.startsWith("GET")) return 403;
  if (SCOPES.indexOf(kind.scope) < SCOPES.indexOf(scope)) return 403;
  if (!kind.devices) return 0;
  return devices === "all" || (devices === "path" && !kind.devices.includes("daq*")) ? 403 : 0;
}

async function matrixBench() {
  const tokens = await tokenFolder();
  const { access } = tokens;
  const bench = await webBench({}, { host: "127.0.0.1", access });
  const of = (name: string, headers: Record<string, string>, more: Partial<Kind> = {}): Kind => ({
    ...{ name, headers, ...more },
  });
  const other = ["psu1", "*9"];
  const revoked = await tokens.token("revoked", "admin");
  await access.tokens!.revoke("revoked");
  const replaced = await tokens.token("replaced", "admin");
  await access.tokens!.rotate("replaced");
  const expired = await tokens.token("expired", "admin", { expires_in: "1min" });
  const principalOf = ({ authorization }: { authorization: string }) =>
    access.identify(authorization.slice("Bearer ".length));
  const kinds: Kind[] = [
    of("no token", {}),
    of("a wrong token", { authorization: "Bearer lab_wrong" }),
    of("another scheme", { authorization: "Basic YWRtaW46YWRtaW4=" }),
    of("a revoked token", revoked),
    of("a replaced token", replaced),
    of("an expired token", expired),
    of("a wrong session", { ...OWN, cookie: "labdaemon_5000=lab_wrong" }),
    of("a token as a session", { ...OWN, cookie: `labdaemon_5000=${replaced.authorization.slice("Bearer ".length)}` }),
  ];
  const sessionOf = (token: { authorization: string }) => {
    const { id, session } = access.sessions.open(principalOf(token));
    const cookie: Record<string, string> = { cookie: `labdaemon_5000=${id}` };
    const csrf: Record<string, string> = { "x-csrf-token": session.csrf };
    return { id, cookie, csrf };
  };
  const ended = sessionOf(expired);
  kinds.push(of("a session of an expired token", { ...OWN, ...ended.cookie, ...ended.csrf }));
  for (const scope of SCOPES) {
    const token = await tokens.token(scope, scope);
    const ofOthers = await tokens.token(`${scope}2`, scope, { devices: other });
    const ofSome = await tokens.token(`${scope}3`, scope, { devices: ["daq*"] });
    kinds.push(
      of(scope, token, { scope }),
      of(`${scope} of others`, ofOthers, { scope, devices: other }),
      of(`${scope} of the device`, ofSome, { scope, devices: ["daq*"] }),
    );
    const opened = (of = token): Record<string, string> => {
      const { cookie, csrf } = sessionOf(of);
      return { ...OWN, ...cookie, ...csrf };
    };
    const { csrf: ofAnother } = sessionOf(ofOthers);
    const { "x-csrf-token": _, ...withoutCsrf } = opened();
    kinds.push(
      of(`a session of ${scope}`, opened(), { scope }),
      of(`a session of ${scope} of others`, opened(ofOthers), { scope, devices: other }),
      of(`a session of ${scope} without CSRF token`, withoutCsrf, { scope, lacks: "csrf" }),
      of(`a session of ${scope} with the CSRF token of another`, { ...opened(), ...ofAnother }, {
        ...{ scope, lacks: "csrf" },
      }),
      of(`a session of ${scope} from another port`, { ...opened(), origin: "http://127.0.0.1:3000" }, {
        ...{ scope, lacks: "page" },
      }),
      of(`a session of ${scope} from another name`, { ...opened(), origin: "http://localhost:5000" }, {
        ...{ scope, lacks: "page" },
      }),
    );
    const closed = sessionOf(token);
    access.sessions.close(closed.id);
    kinds.push(of(`a closed session of ${scope}`, { ...OWN, ...closed.cookie, ...closed.csrf }));
    const ticketOf = (path: string, principal = principalOf(token)) =>
      access.tickets.issue(principal, path, scope).ticket;
    kinds.push(
      of(`a ticket of ${scope}`, {}, { scope, ticket: ticketOf }),
      of(`a ticket of ${scope} of others`, {}, {
        ...{ scope, devices: other },
        ticket: (path) => ticketOf(path, principalOf(ofOthers)),
      }),
      of(`a ticket of ${scope} that was used`, {}, {
        ticket(path) {
          const ticket = ticketOf(path);
          access.tickets.take(ticket, path);
          return ticket;
        },
      }),
      of(`a ticket of ${scope} for another path`, {}, { ticket: (path) => ticketOf(`${path}/more`) }),
      of(`a ticket of ${scope} that has expired`, {}, {
        ticket(path) {
          const ticket = ticketOf(path);
          clock.set(61_000 + 30_001);
          return ticket;
        },
      }),
    );
  }
  // A minute later, one of them has expired.
  const clock = steps(61_000);
  return {
    ...{ bench, tokens, kinds, clock },
    [Symbol.asyncDispose]: async () => {
      clock[Symbol.dispose]();
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

/** A clock that is so many milliseconds fast. */
function steps(ms: number) {
  let clock = setClock(ms);
  return {
    set(other: number) {
      clock[Symbol.dispose]();
      clock = setClock(other);
    },
    [Symbol.dispose]: () => clock[Symbol.dispose](),
  };
}

Deno.test("each route answers each way of asking as the table declares, and with no status that its description lacks", async (test) => {
  await using matrix = await matrixBench();
  const { bench, kinds, clock } = matrix;
  const { paths } = JSON.parse(
    new TextDecoder().decode(await new BenchDocument(await new RoutesDocument("1").get()).bytes([], [])),
  );
  // What ends a session, or removes the device, comes last.
  const routes = Object.entries(ROUTE_TABLE).filter(([route]) => !route.endsWith("*"));
  const isEnd = (route: string) => ["DELETE /session", "DELETE /devices/{device_id}"].includes(route) ? 1 : 0;
  for (const [route, access] of routes.sort(([a], [b]) => isEnd(a) - isEnd(b))) {
    const [method, pattern] = route.split(" ");
    const path = pattern.replace("{device_id}", "daq1").replace(/\{\w+\}/, "nix");
    const described = Object.keys(paths[pattern][method.toLowerCase()].responses);
    await test.step(route, async () => {
      for (const kind of kinds) {
        const status = expected(route, access, kind);
        // A body that nothing accepts: what is allowed is refused as invalid, and does nothing.
        const body = method === "GET" ? undefined : "[]";
        const ticket = kind.ticket ? `?devices=*&ticket=${kind.ticket(path)}` : "";
        const query = kind.ticket && pattern !== "/stream" ? ticket.replace("devices=*&", "") : ticket;
        await using answer = await answerTo(bench.app, `${method} ${path}${query}`, body, kind.headers);
        clock.set(61_000);
        const what = `${route} with ${kind.name}: ${answer.status}`;
        equal([401, 403].includes(answer.status) ? answer.status : 0, status, what);
        ok(described.includes(String(answer.status)), `${what} is not described`);
        equal(answer.headers.has("www-authenticate"), status === 401, what);
      }
    });
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
  const admin = matrix.kinds.find(({ name }) => name === "admin")!;
  equal((await matrix.bench.refusal("GET /nothing", undefined, admin.headers)).type, "NotFound");
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
