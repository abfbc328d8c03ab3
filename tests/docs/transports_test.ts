/** Compares the pages of the transports with their schemas. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { parse } from "yaml";
import { settingMeaning, typeKey, valueMeaning } from "../../lib/declared/file/meaning.ts";
import { fileKeys } from "../../lib/declared/file/file_keys.ts";
import { readDriverFile } from "../../lib/declared/file/read_file.ts";
import { TRANSPORTS } from "../../lib/declared/transports/mod.ts";

const folder = new URL("../../docs/drivers/", import.meta.url);

for (const name of Object.keys(TRANSPORTS)) {
  const text = Deno.readTextFileSync(new URL(`${name}.md`, folder));
  const { transport } = await TRANSPORTS[name]();

  Deno.test(`docs/drivers/${name}.md has a row for each key of the transport, and for no other`, () => {
    const rows = new Set([...text.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key));
    const { params, keys, value, setting } = transport;
    const known = new Set([params, keys, value, setting].flatMap(({ shape }) => Object.keys(shape)));
    equal([...rows].toSorted(), [...known].toSorted());
  });

  Deno.test(`the driver files in docs/drivers/${name}.md can be loaded`, async () => {
    const files = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, code]) => code).filter((it) =>
      parse(it).driver
    );
    ok(files.length > 0);
    for (const file of files) equal((await readDriverFile(file, `${name}.yaml`)).driver, parse(file).driver);
  });
}

const page = Deno.readTextFileSync(new URL("../yaml-drivers.md", folder));

Deno.test("docs/yaml-drivers.md has a row for each key that all files have, and for no other", () => {
  const rows = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key);
  const keys = [fileKeys, settingMeaning, valueMeaning, typeKey].flatMap((shape) => Object.keys(shape));
  equal([...new Set(rows)].toSorted(), [...new Set(keys)].toSorted());
});

Deno.test("the driver files in docs/yaml-drivers.md can be loaded", async () => {
  const files = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, code]) => code).filter((it) => parse(it).driver);
  ok(files.length > 0);
  for (const file of files) equal((await readDriverFile(file, "page.yaml")).driver, parse(file).driver);
});
