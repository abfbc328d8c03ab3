/** Logging in by the OpenID provider of an institute: a real one, in a process of its own. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { Access } from "../../lib/access/access.ts";
import type { OidcSettings } from "../../lib/access/oidc_provider.ts";
import { createApp } from "../../lib/http/app.ts";
import { folderOf } from "../support/folder_of.ts";
import {
  type IdentityProvider,
  identityProvider,
  type People,
} from "../support/identity_provider/identity_provider.ts";
import { ctl } from "../cli/ctl/ctl_bench.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { setClock } from "../support/time.ts";

const HOME = "http://127.0.0.1:5000";

const PEOPLE: People = {
  u1: { preferred_username: "ada", groups: ["staff", "lab-admins"] },
  u2: { preferred_username: "ben\u202e\n", groups: ["students", "power"] },
  u3: { preferred_username: "eve", groups: ["strangers"] },
  u4: { groups: "students" },
};

const GROUPS: OidcSettings["groups"] = [
  { group: "lab-admins", scope: "admin" },
  { group: "power", scope: "control", devices: ["psu*"] },
  { group: "students", scope: "read" },
];

/** The cookies of a browser for one server. */
class Cookies {
  readonly #values = new Map<string, string>();

  get header(): string {
    return Array.from(this.#values, ([name, value]) => `${name}=${value}`).join("; ");
  }

  take({ headers }: Response): void {
    for (const text of headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text)!;
      if (value === "" || /; max-age=0/i.test(text)) this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }
}

/** A daemon whose people come by a provider, and a browser. */
async function institute(provider: IdentityProvider, more: Partial<OidcSettings> = {}) {
  const folder = folderOf({});
  const bench = await scriptedBench();
  const oidc: OidcSettings = {
    ...{ issuer: provider.issuer, clientId: "lab", clientSecret: "s3cret-of-the-lab", label: "Log in with the lab" },
    ...{ scopes: ["openid", "profile"], groupsClaim: "groups", nameClaim: "preferred_username", groups: GROUPS },
    ...more,
  };
  const access = await Access.open({ folder: folder.path, authentication: null, oidc });
  const app = createApp(bench.daemon, { host: "127.0.0.1", access });
  const ours = new Cookies();
  const theirs = new Cookies();
  const ask = async (path: string, headers: HeadersInit = {}, method = "GET") => {
    const all = { host: new URL(HOME).host, cookie: ours.header, "sec-fetch-site": "same-origin", ...headers };
    const response = await app.fetch(new Request(`${HOME}${path}`, { method, headers: all }));
    ours.take(response);
    return { status: response.status, location: response.headers.get("location") ?? "", text: await response.text() };
  };
  /** Follows the provider until it sends the browser back to the daemon. */
  const atProvider = async (address: string) => {
    for (let step = 0; step < 10 && !address.startsWith(HOME); step++) {
      const response = await fetch(address, { redirect: "manual", headers: { cookie: theirs.header } });
      await response.body?.cancel();
      theirs.take(response);
      ok(response.headers.has("location"), `${address}: ${response.status}`);
      address = new URL(response.headers.get("location")!, address).href;
    }
    return address.slice(HOME.length);
  };
  const logIn = async () => {
    const begun = await ask("/session/oidc");
    return await ask(await atProvider(begun.location), {
      "sec-fetch-site": "cross-site",
      "sec-fetch-dest": "document",
    });
  };
  return {
    ...{ access, app, ask, atProvider, logIn, ours },
    session: async () => JSON.parse((await ask("/session")).text),
    audited: async () => (await access.audit!.find({})).entries,
    [Symbol.asyncDispose]: async () => {
      app.close();
      await access.close();
      await bench[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

Deno.test("people of an institute log in and have the rights of their first group", async (test) => {
  for (const claims of ["in-token", "in-userinfo"] as const) {
    await using provider = await identityProvider(PEOPLE, claims);
    for (const clientId of ["lab", "public"]) {
      await test.step(`claims ${claims}, the client "${clientId}"`, async (test) => {
        const secret = clientId === "lab" ? {} : { clientSecret: undefined };
        await using daemon = await institute(provider, { clientId, ...secret });
        equal((await daemon.ask("/devices")).status, 401);
        const rights: [person: string, name: string, scope: string, devices: string[] | null][] = [
          ["u1", "oidc:ada", "admin", null],
          ["u2", "oidc:ben", "control", ["psu*"]],
          ["u4", "oidc:u4", "read", null],
        ];
        for (const [person, name, scope, devices] of rights) {
          await test.step(`${name}: ${scope}`, async () => {
            await using daemon = await institute(provider, { clientId, ...secret });
            await provider.as(person);
            const { status, location } = await daemon.logIn();
            equal([status, location], [302, "/"]);
            const session = await daemon.session();
            equal([session.name, session.scope, session.devices], [name, scope, devices]);
            equal((await daemon.ask("/tokens")).status, scope === "admin" ? 200 : 403);
            const [entry] = (await daemon.audited()).filter(({ outcome }) => outcome === "done");
            equal([entry.who, entry.subject, entry.action], [
              ...[name, `${person} of ${provider.issuer}`, "GET /session/oidc/callback"],
            ]);
          });
        }
      });
    }
  }
});

Deno.test("logging out ends the session, also at the provider", async () => {
  await using provider = await identityProvider(PEOPLE, "in-token");
  await using daemon = await institute(provider);
  await daemon.logIn();
  const { csrf_token, logout_url } = await daemon.session();
  const url = new URL(logout_url);
  equal([url.origin, url.searchParams.get("post_logout_redirect_uri")], [provider.issuer, `${HOME}/`]);
  const answer = await fetch(logout_url);
  match(await answer.text(), /logout/i);
  equal(answer.status, 200);
  equal((await daemon.ask("/session", { "x-csrf-token": csrf_token, origin: HOME }, "DELETE")).status, 204);
  equal((await daemon.ask("/session")).status, 401);
});

Deno.test("who is in no group, or is refused by the provider, gets no session, and that is recorded", async () => {
  await using provider = await identityProvider(PEOPLE, "in-token");
  await using daemon = await institute(provider);
  await provider.as("u3");
  equal((await daemon.logIn()).location, "/#/login?problem=no_right");
  await using another = await institute(provider);
  await provider.as(undefined);
  equal((await another.logIn()).location, "/#/login?problem=refused");
  for (const [it, who, status] of [[daemon, "oidc:eve", 403], [another, "unknown", 401]] as const) {
    equal((await it.ask("/session")).status, 401);
    const [entry] = (await it.audited()).filter(({ action }) => action.endsWith("/callback"));
    equal([entry.who, entry.outcome, entry.status], [who, "refused", status]);
  }
});

Deno.test("a log-in is for the browser that has begun it, once, and for what the provider answered to it", async (test) => {
  await using provider = await identityProvider(PEOPLE, "in-token");
  const problem = (location: string) => /problem=(\w+)/.exec(location)?.[1];
  await test.step("another browser", async () => {
    await using daemon = await institute(provider);
    const back = await daemon.atProvider((await daemon.ask("/session/oidc")).location);
    equal(problem((await daemon.ask(back, { cookie: "" })).location), "expired");
  });
  await test.step("the answer to another log-in of this browser", async () => {
    await using daemon = await institute(provider);
    const back = await daemon.atProvider((await daemon.ask("/session/oidc")).location);
    await daemon.ask("/session/oidc");
    equal(problem((await daemon.ask(back)).location), "expired");
  });
  await test.step("a second time", async () => {
    await using daemon = await institute(provider);
    const back = await daemon.atProvider((await daemon.ask("/session/oidc")).location);
    const cookie = daemon.ours.header;
    equal((await daemon.ask(back, { cookie })).location, "/");
    equal(problem((await daemon.ask(back, { cookie })).location), "provider");
  });
  await test.step("a code that was changed, or none", async () => {
    await using daemon = await institute(provider);
    const back = await daemon.atProvider((await daemon.ask("/session/oidc")).location);
    const cookie = daemon.ours.header;
    equal(problem((await daemon.ask(back.replace("code=", "code=x"), { cookie })).location), "provider");
    equal(problem((await daemon.ask(back.replace(/code=[^&]*&?/, ""), { cookie })).location), "provider");
    equal(
      problem((await daemon.ask(back.replace(/iss=[^&]*/, "iss=http://evil.example"), { cookie })).location),
      "provider",
    );
    equal(problem((await daemon.ask("/session/oidc/callback", { cookie })).location), "expired");
  });
  await test.step("a wrong secret of the daemon", async () => {
    await using daemon = await institute(provider, { clientSecret: "wrong" });
    equal(problem((await daemon.logIn()).location), "provider");
  });
});

Deno.test("a session of a person ends after 12 hours", async () => {
  await using provider = await identityProvider(PEOPLE, "in-token");
  await using daemon = await institute(provider);
  await daemon.logIn();
  equal((await daemon.ask("/devices")).status, 200);
  using _ = setClock(12 * 3_600_000 + 1);
  equal((await daemon.ask("/devices")).status, 401);
});

Deno.test("without the provider, tokens work, and the page says that it does not answer", async () => {
  const nowhere = { issuer: "http://127.0.0.1:2" } as IdentityProvider;
  await using daemon = await institute(nowhere);
  equal((await daemon.ask("/session/oidc")).location, "/#/login?problem=provider");
  const { token } = await daemon.access.tokens!.create({ name: "alice", scope: "read" });
  equal((await daemon.ask("/devices", { authorization: `Bearer ${token}` })).status, 200);
  equal(JSON.parse((await daemon.ask("/session/providers")).text), {
    providers: [{ label: "Log in with the lab", path: "/session/oidc" }],
  });
  const { token: LABDAEMON_TOKEN } = await daemon.access.tokens!.create({ name: "root", scope: "admin" });
  const { code, out } = await ctl(daemon.app, ["doctor"], { env: { LABDAEMON_TOKEN } });
  equal(code, 1);
  match(out, /^daemon \(login provider\): Log-in by "Log in with the lab" fails: .*\n {2}→ .*issuer/m);
});
