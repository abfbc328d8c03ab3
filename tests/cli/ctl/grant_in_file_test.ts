import { equal } from "node:assert/strict";
import { grantInFile } from "../../../lib/cli/ctl/input/grant_in_file.ts";

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
  Laser: { net: [ 10.0.0.7:80 ], run: [ tools/laser, ./laser, /bin/sh, sh ], sys: true } # the laser
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
