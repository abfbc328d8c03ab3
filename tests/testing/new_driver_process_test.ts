import { equal, match, ok, rejects } from "node:assert/strict";
import { basename } from "node:path";
import { KINDS, newDriver } from "../../lib/testing/mod.ts";
import { projectOf } from "./project.ts";

const TEMPLATES = new URL("../../lib/testing/templates/", import.meta.url);

Deno.test("newDriver() of each kind writes its template by another name, and files that pass fmt, lint and their own tests", async (test) => {
  await using project = await projectOf();
  const tests: string[] = [];
  for (const kind of Object.keys(KINDS)) {
    // Names change the length of lines: a short one, and the longest possible.
    for (const name of [`a_${kind}`, `a_${kind}_`.padEnd(32, "z")]) {
      const { type, ...files } = await newDriver(name, { kind, folder: `${project.folder}/drivers` });
      // `deno task check` checks the types of the templates, which are programs.
      for (const file of Object.values(files)) {
        const template = basename(file.pathname).replace(name, kind);
        const text = (await Deno.readTextFile(file))
          .replaceAll(type, `${kind[0].toUpperCase()}${kind.slice(1)}Template`).replaceAll(`./${name}.`, `./${kind}.`);
        equal(text, await Deno.readTextFile(new URL(template, TEMPLATES)), template);
      }
    }
    tests.push(`drivers/a_${kind}_test.ts`);
  }
  const steps = [
    ["fmt", "--check", "drivers"],
    ["lint", "drivers"],
    // Most of a check of a driver is waiting.
    ["test", "--no-check", "--parallel", "--allow-all", ...tests],
  ];
  for (const args of steps) {
    await test.step(args.join(" "), async () => {
      const { code, out, err } = await project.deno(...args);
      equal(code, 0, out + err);
    });
  }
});

Deno.test("deno task new-driver prints the new files and the next steps", async () => {
  await using project = await projectOf();
  const { code, out, err } = await project.deno("task", "new-driver", "my_laser", "--kind", "line");
  equal(code, 0, err);
  match(out, /^drivers\/my_laser\.ts is the driver of MyLaser, drivers\/my_laser_test\.ts is its test\. Next:/);
  match(
    out,
    /\n {2}deno test --allow-all drivers\/my_laser_test\.ts\n {2}deno task check-driver drivers\/my_laser\.ts /,
  );
  match(out, /- id: my_laser1\n {4}driver: MyLaser\n/);
  const text = await Deno.readTextFile(`${project.folder}/drivers/my_laser.ts`);
  match(text, /name: "MyLaser",/);
  ok(!/template/i.test(text + await Deno.readTextFile(`${project.folder}/drivers/my_laser_test.ts`)));
});

Deno.test("deno task new-driver --kind line prints a next step with the instrument's address", async () => {
  await using project = await projectOf();
  const line = await project.deno("task", "new-driver", "my_supply", "--kind", "line");
  match(
    line.out,
    /\n {2}deno task check-driver drivers\/my_supply\.ts --params '\{"host": "…"\}'\n\n.* switch it on first\.\n\nA/,
  );
  match(line.out, /\n {2}- id: my_supply1\n {4}driver: MySupply\n {4}params: \{ host: "…" \}\n/);
  const generator = await project.deno("task", "new-driver", "my_laser");
  match(generator.out, /\n {2}deno task check-driver drivers\/my_laser\.ts\n\nA daemon/);
});

Deno.test("deno task new-driver with an existing name prints the remedy without its usage", async () => {
  await using project = await projectOf({ "my_laser.ts": "// mine" });
  const { code, err } = await project.deno("task", "--quiet", "new-driver", "my_laser");
  equal(code, 1);
  match(
    err.trim(),
    /^Cannot make a driver "my_laser": \S+\/drivers\/my_laser\.ts is there already; choose another name, or delete it$/,
  );
});

Deno.test("deno task new-driver exits with 2 and its usage for a wrong command line", async () => {
  await using project = await projectOf();
  const cases: [args: string[], problem: RegExp][] = [
    [[], /^Missing required argument 'name'/],
    [["a", "b"], /^Too many arguments\. Expected 1 argument but got 2/],
    [
      ["a", "--kind", "usb"],
      /argument 'usb' is invalid\. Allowed choices are generator, line, serial, polled, push, yaml/,
    ],
    [["a", "--sort", "line"], /Unknown option '--sort'/],
  ];
  for (const [args, problem] of cases) {
    const { code, err } = await project.deno("task", "--quiet", "new-driver", ...args);
    equal(code, 2);
    match(err, problem);
    match(err, /Help: deno task new-driver --help/);
  }
});

Deno.test("newDriver() makes the device type from the name", async () => {
  await using project = await projectOf();
  const folder = `${project.folder}/drivers`;
  for (const [name, type] of [["my_laser", "MyLaser"], ["daq", "Daq"], ["tds_2024b", "Tds2024b"], ["x_1", "X1"]]) {
    const made = await newDriver(name, { folder });
    equal(made.type, type);
    equal(made.driver.pathname.split("/").at(-1), `${name}.ts`);
  }
});

for (const name of ["MyLaser", "my-laser", "2_lasers", "_laser", "laser_", "my__laser", "../laser", "lasér", ""]) {
  Deno.test(`newDriver() refuses the name ${JSON.stringify(name)}`, async () => {
    await rejects(newDriver(name, { folder: "nowhere" }), {
      code: "InvalidRequest",
      message: `Cannot make a driver ${JSON.stringify(name)}: its name must be in snake_case, like my_laser: ` +
        "small letters, digits, and _ between them",
    });
  });
}

Deno.test("newDriver() refuses a name of a test, and one that is too long", async () => {
  await rejects(newDriver("laser_test", { folder: "nowhere" }), /names that end in _test are for tests/);
  await rejects(newDriver("l".repeat(33), { folder: "nowhere" }), /has 33 letters, at most 32 are allowed/);
});

Deno.test("newDriver() refuses the name of a driver in another language: the daemon would use neither of the two", async () => {
  for (const [file, options] of [["my_laser.ts", { language: "python" }], ["my_laser.py", {}]] as const) {
    await using project = await projectOf({ [file]: "// mine" });
    const folder = `${project.folder}/drivers`;
    await rejects(newDriver("my_laser", { folder, ...options }), {
      type: "FileExists",
      message: `Cannot make a driver "my_laser": ${folder}/${file} is there already; choose another name, or delete it`,
    });
    equal([...Deno.readDirSync(folder)].length, 1);
  }
});

Deno.test("newDriver() overwrites neither an existing driver nor an existing test", async () => {
  for (const file of ["my_laser.ts", "my_laser_test.ts"]) {
    await using project = await projectOf({ [file]: "// mine" });
    const folder = `${project.folder}/drivers`;
    await rejects(newDriver("my_laser", { folder }), {
      message: `Cannot make a driver "my_laser": ${folder}/${file} is there already; choose another name, or delete it`,
    });
    equal(await Deno.readTextFile(`${folder}/${file}`), "// mine");
    equal([...Deno.readDirSync(folder)].length, 1);
  }
});
