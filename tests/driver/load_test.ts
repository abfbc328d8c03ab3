import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { folderUrl, listDriverFiles } from "../../lib/driver/load.ts";
import { loadDriver } from "../../lib/host/runtime/load_driver.ts";
import { LabError } from "../../lib/errors.ts";

const contract = new URL("../../lib/driver/mod.ts", import.meta.url).href;

/** A folder with these files, gone with the test. */
function folderOf(files: Record<string, string>) {
  const path = Deno.makeTempDirSync();
  for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${path}/${name}`, text);
  const url = pathToFileURL(`${path}/`);
  return { path, url, file: (name: string) => new URL(name, url).href, [Symbol.dispose]: () => remove(path) };
}

function remove(path: string) {
  Deno.removeSync(path, { recursive: true });
}

/** Why a file with this text does not load. */
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

Deno.test("listDriverFiles() lists TypeScript and JavaScript in alphabetical order", () => {
  using folder = folderOf({ "b.ts": "", "a.js": "", "c d.ts": "", "read.md": "", "x.json": "" });
  Deno.mkdirSync(`${folder.path}/folder.ts`);
  assert.deepEqual(listDriverFiles(folder.url).map(({ href }) => decodeURI(href.slice(folder.url.href.length))), [
    "a.js",
    "b.ts",
    "c d.ts",
  ]);
});

Deno.test("listDriverFiles() leaves out what drivers share, what is hidden, and tests", () => {
  using folder = folderOf({ "_shared.ts": "", ".hidden.ts": "", "daq_test.ts": "", "daq_test.js": "", "test.ts": "" });
  assert.deepEqual(listDriverFiles(folder.url).map(({ href }) => href), [folder.file("test.ts")]);
});

Deno.test("listDriverFiles() of an empty folder is nothing", () => {
  using folder = folderOf({});
  assert.deepEqual(listDriverFiles(folder.url), []);
});

Deno.test("listDriverFiles() says what to do when the folder is missing", () => {
  using folder = folderOf({});
  assert.throws(() => listDriverFiles(new URL("my%20drivers/", folder.url)), (error: unknown) => {
    assert.ok(error instanceof LabError);
    assert.equal(error.code, "NotFound");
    const path = `${folder.path}/my drivers/`;
    assert.equal(
      error.message,
      `Cannot load drivers from ${path}: No such file or directory (os error 2): readdir '${path}'. ` +
        `Make the folder, or name another by --drivers or the bench file's "drivers"`,
    );
    return true;
  });
});

Deno.test("folderUrl() takes a relative path from the working directory, with or without a slash", () => {
  const expected = pathToFileURL(`${Deno.cwd()}/my drivers/`).href;
  assert.equal(folderUrl("my drivers").href, expected);
  assert.equal(folderUrl("./my drivers//").href, expected);
  assert.equal(folderUrl("/opt/drivers").href, "file:///opt/drivers/");
  assert.equal(folderUrl(new URL("file:///opt/drivers")).href, "file:///opt/drivers/");
});

Deno.test("loadDriver() gives the driver that a file exports by default", async () => {
  using folder = folderOf({
    "my daq.ts": `import { defineDriver } from "${contract}";
      export default defineDriver({ name: "MyDAQ", create: () => ({}) });`,
  });
  const driver = await loadDriver(listDriverFiles(folder.url)[0].href);
  assert.equal(driver.name, "MyDAQ");
});

Deno.test("loadDriver() says where a syntax error is", async () => {
  const { message, cause } = await failure("broken.ts", "export default {\n  name: ;\n};");
  assert.match(
    message,
    /^Cannot load broken\.ts: SyntaxError: Expression expected\n.*\n2 \| {3}name: ;\n.*\n.* at broken\.ts:2:9$/,
  );
  assert.ok(cause instanceof Error);
});

Deno.test("loadDriver() says what is missing in a file without a default export", async () => {
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

Deno.test("loadDriver() passes on what a file throws while it is imported", async () => {
  const { message, cause } = await failure("throws.ts", "throw new Error('no licence for the SDK');");
  assert.equal(message, "Cannot load throws.ts: no licence for the SDK (throws.ts:1)");
  assert.ok(cause instanceof Error);
});

Deno.test("loadDriver() passes on what defineDriver refuses", async () => {
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

Deno.test("loadDriver() says that an imported module is missing", async () => {
  const { message } = await failure("lost.ts", 'import "./nowhere.ts";');
  assert.match(message, /^Cannot load lost\.ts: Module not found "nowhere\.ts"/);
});
