import { deepStrictEqual as equal } from "node:assert/strict";
import { Access } from "../../lib/access/access.ts";
import { createApp } from "../../lib/http/app.ts";
import { browserTest } from "../support/chromium.ts";
import { folderOf } from "../support/folder_of.ts";
import { identityProvider } from "../support/identity_provider/identity_provider.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { serveApp } from "../support/served_app.ts";

browserTest(
  "people log in by their institute, command the bench, and log out of both; others read why not",
  async (page) => {
    await using provider = await identityProvider({
      u1: { preferred_username: "ada", groups: ["lab"] },
      u2: { preferred_username: "eve", groups: [] },
    }, "in-token");
    using folder = folderOf({});
    await using bench = await scriptedBench({});
    const access = await Access.open({
      folder: folder.path,
      authentication: null,
      oidc: {
        ...{
          issuer: provider.issuer,
          clientId: "public",
          label: "Log in with the university",
          scopes: ["openid", "profile"],
        },
        ...{ groupsClaim: "groups", nameClaim: "preferred_username", groups: [{ group: "lab", scope: "control" }] },
      },
    });
    const app = createApp(bench.daemon, { host: "127.0.0.1", access });
    await using served = serveApp(() => app);
    const institute = page.getByRole("link", { name: "Log in with the university" });
    await provider.as("u2");
    await page.goto(`${served.origin}/`);
    await institute.click();
    await page.getByText("none of your groups has a right here").waitFor();
    // The provider knows its own session.
    await page.context().clearCookies();
    await provider.as("u1");
    await institute.click();
    const out = page.getByRole("button", { name: "Log out oidc:ada" });
    await out.waitFor();
    await page.getByRole("link", { name: "Devices" }).click();
    await page.getByRole("button", { name: /^Connect/ }).first().click();
    await page.getByRole("button", { name: /^Disconnect/ }).first().waitFor();
    equal(bench.device.state, "connected");
    await out.click();
    await page.waitForURL(`${provider.issuer}/**`);
    await page.goto(`${served.origin}/`);
    await institute.waitFor();
    await access.close();
  },
);
