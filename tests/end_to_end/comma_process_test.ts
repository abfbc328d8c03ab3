import { deepStrictEqual as equal, match } from "node:assert/strict";
import { join } from "node:path";
import { serveBench, serveFailing } from "../support/served_bench.ts";

const root = join(import.meta.dirname!, "../..");

/** A folder with a comma in its name that has the files of this checkout. */
async function checkoutWithComma() {
  const folder = await Deno.makeTempDir();
  const checkout = `${folder}/lab, room 2`;
  await Deno.mkdir(checkout);
  for (const { name } of Deno.readDirSync(root)) {
    if (name !== "drivers") await Deno.symlink(`${root}/${name}`, `${checkout}/${name}`);
  }
  await Deno.mkdir(`${checkout}/drivers`);
  for (const { name } of Deno.readDirSync(`${root}/drivers`)) {
    await Deno.copyFile(`${root}/drivers/${name}`, `${checkout}/drivers/${name}`);
  }
  return { checkout, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("a checkout with a comma in its path serves its drivers", async () => {
  await using copy = await checkoutWithComma();
  await using bench = await serveBench("devices: [{ id: daq1, driver: StreamingDAQ }]", {
    checkout: copy.checkout,
    args: ["--drivers", "drivers"],
  });
  equal((await bench.ask("POST /devices/daq1/connect")).state, "connected");
});

Deno.test("a drivers folder with a comma in its path, elsewhere, is refused at the start", async () => {
  await using copy = await checkoutWithComma();
  const { code, stderr } = await serveFailing("devices: []", { args: ["--drivers", `${copy.checkout}/drivers`] });
  equal(code, 1);
  match(
    stderr,
    /Cannot run drivers: Deno cannot grant the path .*, which has a comma\. Rename it, or start the daemon/,
  );
});
