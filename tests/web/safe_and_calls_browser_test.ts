import { deepEqual as equal, match } from "node:assert/strict";
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { openStage, untilAborted } from "../support/stage.ts";
import { until } from "../support/until.ts";

browserTest(
  "a call that runs shows its progress and can be cancelled; the bench and a device can be made safe",
  async (page) => {
    await using stage = await openStage();
    stage.daemon.registerPlugins({ devices: { Lamp: class {} } });
    await (await stage.daemon.addDevice("lamp1", "Lamp")).connect();
    await using served = serveApp(() => stage.app);
    stage.home = (context) => {
      context.progress(0.25, "moving to 12 mm");
      return untilAborted(context);
    };
    await page.goto(`${served.origin}/#/devices/stage1`);
    await page.getByRole("button", { name: "Call home" }).click();
    const call = page.locator(".calls li");
    await call.getByText("moving to 12 mm").waitFor();
    equal(await call.getByRole("progressbar").getAttribute("value"), "0.25");
    await call.getByRole("button", { name: "Cancel home" }).click();
    await call.getByText(/Failed: .*the call was cancelled/).waitFor();

    await page.getByRole("button", { name: "Make safe stage1" }).click();
    await until("the stage is made safe", () => stage.calls.at(-1) !== "homed");
    match(stage.calls.at(-1)!, /^safe: a person asked for it/);
    await page.getByRole("link", { name: "All devices" }).click();
    await page.getByRole("button", { name: "Make all safe" }).click();
    const outcome = page.locator(".note");
    await outcome.getByText("Safe: stage1.").waitFor();
    await outcome.getByText("Without a safe function: lamp1.").waitFor();
    stage.safe = () => {
      throw new Error("the relay is stuck");
    };
    await page.getByRole("button", { name: "Make all safe" }).click();
    await outcome.getByText("stage1: the relay is stuck").waitFor();
  },
);
