import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { LabError } from "../../lib/errors.ts";
import { folderUrl, listDriverFiles } from "../../lib/registry/files/list_driver_files.ts";
import { folderOf } from "../support/folder_of.ts";

Deno.test("listDriverFiles() lists TypeScript and JavaScript in alphabetical order", async () => {
  using folder = folderOf({ "b.ts": "", "a.js": "", "c d.ts": "", "read.md": "", "x.json": "" });
  Deno.mkdirSync(`${folder.path}/folder.ts`);
  assert.deepEqual(
    (await listDriverFiles(folder.url)).map(({ href }) => decodeURI(href.slice(folder.url.href.length))),
    [
      "a.js",
      "b.ts",
      "c d.ts",
    ],
  );
});

Deno.test("listDriverFiles() leaves out what drivers share, what is hidden, and tests", async () => {
  using folder = folderOf({
    "_shared.ts": "",
    ".hidden.ts": "",
    "daq_test.ts": "",
    "daq_test.js": "",
    "daq.test.ts": "",
    "daq.spec.ts": "",
    "daq.d.ts": "",
    "test.ts": "",
  });
  assert.deepEqual((await listDriverFiles(folder.url)).map(({ href }) => href), [folder.file("test.ts")]);
});

Deno.test("a driver file with a line break in its name is listed, as any other", async () => {
  using folder = folderOf({ "a\nb.ts": "", "test_a\nb.py": "" });
  assert.deepEqual((await listDriverFiles(folder.url)).map(({ href }) => href), [`${folder.url.href}a%0Ab.ts`]);
});

Deno.test("listDriverFiles() of an empty folder is empty", async () => {
  using folder = folderOf({});
  assert.deepEqual(await listDriverFiles(folder.url), []);
});

Deno.test("listDriverFiles() of a missing folder explains what to do", async () => {
  using folder = folderOf({});
  await assert.rejects(listDriverFiles(new URL("my%20drivers/", folder.url)), (error: unknown) => {
    assert.ok(error instanceof LabError);
    assert.equal(error.code, "NotFound");
    const path = `${folder.path}/my drivers/`;
    // With restricted permissions Deno names the path without its last slash.
    assert.equal(
      error.message.replace("my drivers'", "my drivers/'"),
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
