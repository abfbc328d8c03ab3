import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { grantInFile, writeGrant } from "../../../lib/cli/ctl/input/grant_in_file.ts";
import { bytesOfLatin1 } from "../../../lib/format/encodings.ts";
import { folderOf } from "../../support/folder_of.ts";

const grant = (text: string, permissions: Parameters<typeof grantInFile>[3]) =>
  grantInFile(text, "/lab/bench.yaml", "Laser", permissions);

Deno.test("a grant is added to the driver's line, and comments stay", () => {
  const text = `port: 0 # any
# What drivers may do.
grants:
  Laser: { net: ["10.0.0.7:80"] } # the laser
  Other: { run: [sh] }
devices: [] # none yet
`;
  equal(
    grant(text, { net: ["10.0.0.7:80"], run: ["/lab/tools/laser", "/lab/laser", "/bin/sh", "sh"], sys: true }),
    `port: 0 # any
# What drivers may do.
grants:
  Laser: { net: [ "10.0.0.7:80" ], run: [ tools/laser, ./laser, /bin/sh, sh ], sys: true } # the laser
  Other: { run: [ sh ] }
devices: [] # none yet
`,
  );
});

Deno.test("a grant in a file without the key adds the key", () => {
  equal(grant("", { run: ["sh"] }), "grants:\n  Laser:\n    run:\n      - sh\n");
});

Deno.test("a grant of everything stays everything", () => {
  const text = "grants:\n  Laser:\n    run: true\n";
  equal(grant(text, { run: ["sh"] }), text);
});

Deno.test("a grant does not change the characters of a bench file in another encoding: it is refused", async () => {
  using folder = folderOf({});
  const file = join(fileURLToPath(folder.url), "bench.yaml");
  const bytes = bytesOfLatin1("port: 0\n# Me\xdfger\xe4t\n");
  await Deno.writeFile(file, bytes);
  await rejects(writeGrant(file, "Laser", { run: ["sh"] }), {
    code: "InvalidRequest",
    message:
      /^Cannot write into the bench file .*bench\.yaml: line 2, column 5: expected UTF-8, .*: save the file as UTF-8$/,
  });
  deepEqual(await Deno.readFile(file), bytes);
});

Deno.test("a grant leaves the comments on the items of a list", () => {
  const text = `grants:
  Laser:
    run:
      - x # the shutter
      # Only with the new firmware.
      - y # calibrated
`;
  equal(grant(text, { run: ["y", "z"] }), `${text}      - z\n`);
});

Deno.test("a grant leaves the line ends and the mark of an editor of Windows", () => {
  const text = "\uFEFFport: 0 # any\r\ngrants:\r\n  Laser:\r\n    run:\r\n      - x # the shutter\r\n";
  equal(grant(text, { run: ["x", "y"] }), `${text}      - y\r\n`);
});

Deno.test("a written grant leaves the mark of an editor of Windows in the file", async () => {
  using folder = folderOf({ "bench.yaml": "\uFEFFport: 0\r\n" });
  const file = join(fileURLToPath(folder.url), "bench.yaml");
  await writeGrant(file, "Laser", { run: ["sh"] });
  equal((await Deno.readFile(file))[0], 0xef);
});

Deno.test("a grant to what is no list, or is also another driver's, is refused", () => {
  const shared = ["{ Laser: { run: &x [a] }, Other: { run: *x } }", "{ Laser: &x { run: [a] }, Other: *x }"];
  for (const line of shared) throws(() => grant(`grants: ${line}\n`, { run: ["y"] }), /has an anchor, &x/);
  throws(
    () => grant("grants: { Laser: { run: x } }\n", { run: ["y"] }),
    /grants\.Laser\.run is neither true nor a list/,
  );
});
