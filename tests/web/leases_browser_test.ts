import { deepStrictEqual as equal } from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { openStage } from "../support/stage.ts";
import { until } from "../support/until.ts";

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const dialog = (page: Page) => page.getByRole("dialog", { name: /^Lease/ });

browserTest(
  "two tabs share a bench: one leases a device, the other asks, waits, breaks; a tab that closes lets go",
  async (one) => {
    await using stage = await openStage();
    stage.daemon.registerPlugins({ devices: { Lamp: class {} } });
    const lamp = await stage.daemon.addDevice("lamp1", "Lamp", {}, { lease: "required" });
    await lamp.connect();
    await using served = serveApp(() => stage.app);
    const open = (page: Page, id: string) => page.goto(`${served.origin}/#/devices/${id}`);
    const other = await one.context().newPage();
    await Promise.all([open(one, "stage1"), open(other, "stage1")]);

    await button(one, "Take a lease…").click();
    await dialog(one).getByLabel("Purpose").fill("alignment");
    await dialog(one).getByRole("button", { name: "Take" }).click();
    await one.getByText("You have leased it, for alignment").waitFor();
    await button(one, "Call where").click();
    await until("the owner commands it", () => stage.calls.includes("where"));

    await other.getByText(/^Owner: .+, for alignment, until/).waitFor();
    await button(other, "Disconnect stage1").click();
    await dialog(other).getByText(/Its owner is .+, for alignment/).waitFor();
    await dialog(other).getByRole("button", { name: "Cancel" }).click();
    await dialog(other).waitFor({ state: "detached" });
    equal(stage.device.state, "connected");
    await button(other, "Make safe stage1").click();
    await until("everyone may make it safe", () => stage.calls.at(-1)!.startsWith("safe: a person"));

    await button(other, "Call where").click();
    await dialog(other).getByRole("button", { name: "Wait for it" }).click();
    await dialog(other).getByRole("button", { name: "Waiting…" }).waitFor();
    await button(one, "Release").click();
    await other.getByText("You have leased it: only this tab").waitFor();
    await until("the call has gone on", () => stage.calls.at(-1) === "where");

    await button(one, "Ask for it…").click();
    await dialog(one).getByText("Break the lease of").click();
    await dialog(one).getByLabel("Reason").fill("smoke");
    await dialog(one).getByRole("button", { name: "Break the lease" }).click();
    await other.getByText("Your lease has ended.").waitFor();
    await until("the stage is made safe", () => /^safe: .*smoke/.test(stage.calls.at(-1)!));

    await dialog(one).getByRole("button", { name: "Take" }).click();
    await one.getByText("You have leased it: only this tab").waitFor();
    await one.close();
    await until("the tab has let go", () => /^safe: .*connection has ended/.test(stage.calls.at(-1)!));

    await open(other, "lamp1");
    await other.getByText("It needs a lease before anyone commands it.").waitFor();
    await button(other, "Disconnect lamp1").click();
    await dialog(other).getByRole("button", { name: "Take" }).click();
    await other.getByRole("button", { name: /^Connect/ }).waitFor();
    equal(lamp.state, "disconnected");
  },
);
