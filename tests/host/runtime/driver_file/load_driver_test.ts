import assert from "node:assert/strict";
import { LabError } from "../../../../lib/errors.ts";
import { DriverText } from "../../../../lib/host/runtime/driver_file/driver_lines.ts";
import { loadDriver, withPackageAdvice } from "../../../../lib/host/runtime/driver_file/load_driver.ts";
import { folderOf } from "../../../support/folder_of.ts";

const contract = new URL("../../../../lib/driver/mod.ts", import.meta.url).href;

/** The reason why a file with this text does not load. */
async function failure(name: string, text: string): Promise<LabError> {
  using folder = folderOf({ [name]: text });
  const error = await loadDriver(folder.file(name)).catch((error) => error);
  assert.ok(error instanceof LabError, `${error}`);
  assert.equal(error.code, "DriverError");
  assert.equal(error.type, "DriverLoadError");
  assert.equal(error.origin, "device");
  assert.equal(error.context.file, name);
  return error;
}

Deno.test("loadDriver() gives the driver that a file exports by default", async () => {
  using folder = folderOf({
    "my daq.ts": `import { defineDriver } from "${contract}";
      export default defineDriver({ name: "MyDAQ", create: () => ({}) });`,
  });
  const driver = await loadDriver(folder.file("my%20daq.ts"));
  assert.equal(driver.name, "MyDAQ");
});

Deno.test("an error of a file with a space or an umlaut in its name shows the name, not %C3%BC", async () => {
  for (const text of ["export const a = 1;", "export default {", 'import "./fehlt für.ts"; export default 1;']) {
    using folder = folderOf({ "für den Laser.ts": text });
    const error = await loadDriver(folder.file(encodeURIComponent("für den Laser.ts"))).catch((error) => error);
    assert.match(error.message, /^Cannot load für den Laser\.ts: /);
    assert.doesNotMatch(error.message.replace("fehlt%20f%C3%BCr", ""), /%/);
    assert.equal(error.context.file, "für den Laser.ts");
  }
});

Deno.test("loadDriver() reports the place of a syntax error", async () => {
  const { message, cause } = await failure("broken.ts", "export default {\n  name: ;\n};");
  assert.match(
    message,
    /^Cannot load broken\.ts: SyntaxError: Expression expected\n.*\n2 \| {3}name: ;\n.*\n.* at broken\.ts:2:9$/,
  );
  assert.ok(cause instanceof Error);
});

Deno.test("loadDriver() reports that a file has no default export", async () => {
  const { message } = await failure("bare.ts", "export const name = 1;");
  assert.equal(message, "Cannot load bare.ts: it has no default export; write `export default defineDriver({ … })`");
});

for (const text of ["null", "{}", "() => {}", "{ name: 'A', create() {} }", "class A {}"]) {
  Deno.test(`loadDriver() refuses the default export ${text}`, async () => {
    const { message } = await failure("no_driver.ts", `export default ${text};`);
    assert.equal(
      message,
      "Cannot load no_driver.ts: its default export is not a driver; wrap it in defineDriver({ … })",
    );
  });
}

Deno.test("loadDriver() throws the error of a file that throws while it is imported", async () => {
  const { message, cause } = await failure("throws.ts", "throw new Error('no licence for the SDK');");
  assert.equal(message, "Cannot load throws.ts: no licence for the SDK (throws.ts:1)");
  assert.ok(cause instanceof Error);
});

Deno.test("loadDriver() throws the refusal of defineDriver", async () => {
  const { message } = await failure(
    "bad_name.ts",
    `import { defineDriver } from "${contract}"; export default defineDriver({ name: "my daq", create: () => ({}) });`,
  );
  assert.equal(
    message,
    'Cannot load bad_name.ts: Cannot define driver "my daq": ' +
      "its name must start with a letter and hold letters, digits and _ only (bad_name.ts:1)",
  );
});

Deno.test("loadDriver() reports a missing imported module", async () => {
  const { message } = await failure("lost.ts", 'import "./nowhere.ts";');
  assert.match(message, /^Cannot load lost\.ts: Module not found "nowhere\.ts"/);
});

Deno.test("loadDriver() names the line of a misspelt key, and the key that was meant", async () => {
  const text = (lines: string) =>
    `import { defineDriver } from "${contract}";\n// optoins: a comment\nexport default defineDriver({\n  name: "Daq",\n${lines}\n});`;
  const { message } = await failure("typo.ts", text("  create: () => ({}),\n  optoins: undefined,"));
  assert.equal(
    message,
    'Cannot load typo.ts: Cannot define driver "Daq": it has the unknown key "optoins"; did you mean "options"? (typo.ts:6)',
  );
  const method = await failure(
    "method.ts",
    text("  create: () => ({}),\n  methods: { home: { sumary: '', run: () => 1 } },"),
  );
  assert.match(
    method.message,
    /method "home" has the unknown key "sumary"; did you mean "summary"\? \(method\.ts:6\)$/,
  );
  const far = await failure("far.ts", text("  create: () => ({}), colour: 1"));
  assert.match(far.message, /it has the unknown key "colour"; known are name, summary, .* \(far\.ts:5\)$/);
});

Deno.test("the error of a package that was never downloaded says what to run", () => {
  const text = new DriverText("pkg.ts", '// import "npm:pad-left@1";\nimport pad from "npm:pad-left@2.1.0";');
  const advice =
    "A driver's process downloads nothing: run this once in LabDaemon's folder, and save the driver again:";
  const command = "deno cache --frozen=false npm:pad-left@2.1.0";
  for (const message of ['0: npm package not found in cache: "pad-left"', "The lockfile is out of date"]) {
    assert.equal(withPackageAdvice(message, text), `${message}. ${advice} ${command}`);
  }
  const locked = "The lockfile is out of date. Run `deno install --frozen=false`, or rerun.\nchanges:\n 15 | +";
  assert.equal(withPackageAdvice(locked, text), `The lockfile is out of date. ${advice} ${command}`);
  assert.match(
    withPackageAdvice('Import "pad-left" not a dependency', text),
    /Import it as "npm:pad-left@<version>", and download it once: deno cache --frozen=false npm:pad-left@<version>$/,
  );
  assert.equal(withPackageAdvice("boom", text), "boom");
});
