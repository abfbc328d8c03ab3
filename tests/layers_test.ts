/** The rules of the source tree: which file may import which, or which package, and where the runtime may appear. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import testConfig from "./deno.json" with { type: "json" };

const root = new URL("../", import.meta.url);
const isOurs = (path: string) => /^(lib\/|drivers\/|web\/|main\.ts)/.test(path) && path.endsWith(".ts");

/** Programs and public modules. Every file of the library is reached from one of these. */
const ENTRY_POINTS = [
  ...[
    "main.ts",
    "web/main.ts",
    "lib/mod.ts",
    "lib/client/mod.ts",
    "lib/testing/mod.ts",
    "lib/task/mod.ts",
    "lib/testing/probe/main.ts",
  ],
  ...[
    "lib/cli/ctl/main.ts",
    "lib/cli/hub/main.ts",
    "lib/cli/new_driver.ts",
    "lib/cli/check_driver.ts",
    "lib/cli/check_task.ts",
    "lib/host/runtime/process_main.ts",
    "lib/host/linked/main.ts",
  ],
  ...[
    "lib/recording/recorder/main.ts",
    "lib/recording/recorder/store_worker.ts",
    "lib/recording/export/main.ts",
    "lib/recording/history/main.ts",
    "lib/recording/backlog/main.ts",
  ],
  // `new-driver` copies these.
  ...["generator", "line", "serial", "polled", "push"].flatMap((kind) =>
    [`${kind}.ts`, `${kind}_test.ts`].map((name) => `lib/testing/templates/${name}`)
  ),
  "lib/testing/templates/yaml_test.ts",
];

/** From left to right. A file imports from its own layer and from those on its left. */
const LAYERS: RegExp[] = [
  /^lib\/(errors\.ts|async\/|wire\/)/,
  /^lib\/(format|yaml)\//,
  /^lib\/driver\//,
  /^lib\/declared\//,
  /^lib\/stream\//,
  // What the author of a task sees: in its process, a task has the form of a driver, and its requests travel as samples.
  /^lib\/task\//,
  /^lib\/host\//,
  /^lib\/registry\//,
  /^lib\/device\//,
  /^lib\/snapshot\//,
  // Alarms read streams, and their rules stand in the bench file.
  /^lib\/alarms\//,
  /^lib\/(daemon\.ts|bench\/|log\/)/,
  // Who may ask: it knows files, and nothing of devices or HTTP, which asks it.
  /^lib\/access\//,
  /^lib\/recording\//,
  /^lib\/leases\//,
  // Tasks own devices by leases.
  /^lib\/tasks\//,
  // What pages show, in a file: it knows no devices.
  /^lib\/layouts\//,
  // The devices that outlast the daemon without a bench file.
  /^lib\/kept_devices\//,
  // It knows NATS, and nothing else does.
  /^lib\/hub\//,
  // It knows MQTT, and of the hub the cursor only.
  /^lib\/mqtt\//,
  /^lib\/mod\.ts/,
  /^lib\/client\//,
  /^web\//,
  /^lib\/http\//,
  /^lib\/testing\//,
  /^(lib\/cli\/|main\.ts)/,
];

/** The folders that a file may import besides its own, if that is less than all on its left. */
const NARROWER: [files: RegExp, only: RegExp][] = [
  [/^lib\/errors\.ts/, /^lib\/(async\/clock|wire\/error_\w+)\.ts/],
  [/^lib\/async\//, /^lib\/async\//],
  [/^lib\/wire\//, /^lib\/wire\//],
  [/^lib\/daemon\.ts/, /^lib\/(errors\.ts|async|wire|driver|stream|host|registry|device|snapshot)/],
  [/^lib\/log\//, /^lib\/(errors\.ts|async|format|log)/],
  [/^lib\/client\//, /^lib\/(errors\.ts|async\/|wire\/|client\/)/],
  // It stores the bytes of a log, and knows neither HTTP nor the bench file.
  [
    /^lib\/recording\//,
    /^lib\/(errors\.ts|async\/|wire\/|format\/|stream\/|host\/(protocol\/|child_process)|device\/|access\/(private_file|folder_answer)|recording\/)/,
  ],
  // Who may command: it knows devices, and nothing of HTTP.
  [
    /^lib\/leases\//,
    /^lib\/(errors\.ts|daemon\.ts|async\/|wire\/|stream\/|device\/|access\/(private_file|folder_answer|secret)|leases\/)/,
  ],
  [/^lib\/task\//, /^lib\/(errors\.ts|async\/|wire\/|driver\/|stream\/encode\.ts|task\/)/],
  // They know devices and leases, and nothing of HTTP.
  [
    /^lib\/tasks\//,
    /^lib\/(errors\.ts|daemon\.ts|async\/|wire\/|format\/|driver\/|task\/|stream\/|host\/|registry\/|device\/|leases\/|access\/(private_file|folder_answer|file_lines)|tasks\/)/,
  ],
  [/^lib\/layouts\//, /^lib\/(errors\.ts|async\/|wire\/|access\/private_map)/],
  // It carries bytes of logs and requests, and knows neither the routes nor the bench file.
  [/^lib\/hub\//, /^lib\/(errors\.ts|async\/|wire\/|format\/|stream\/|device\/|hub\/)/],
  [
    /^lib\/mqtt\//,
    /^lib\/(errors\.ts|async\/|wire\/|format\/|stream\/|device\/|hub\/(device_cursor|past|announced_status)\.ts|mqtt\/)/,
  ],
  [/^lib\/access\//, /^lib\/(errors\.ts|async\/|wire\/|format\/|access\/)/],
  [/^lib\/format\//, /^lib\/(errors\.ts|async\/|wire\/|format\/)/],
  // The first token is made before there is a daemon.
  [/^lib\/cli\/ctl\//, /^lib\/(errors\.ts|async\/|wire\/|format\/|access\/|client\/|cli\/)/],
  // What runs in a browser is a program elsewhere.
  [/^web\/(?!files\.ts)/, /^(lib\/(client|format|wire)\/|lib\/errors\.ts|web\/)/],
];

/** The files in which `Deno` may appear. */
const MAY_USE_DENO =
  /^(main\.ts|web\/files\.ts|lib\/(cli|bench|registry|host|testing)\/.*|lib\/driver\/connection\/connect_\w+\.ts|lib\/recording\/.*|lib\/access\/(data_lock|private_file|file_lines)\.ts|lib\/http\/help\/documents\.ts|lib\/client\/direct_fetch\.ts|drivers\/.*)$/;

interface Import {
  from: string;
  /** The specifier in the source. */
  written: string;
  /** A path in this project, or the whole specifier of another package. */
  to: string;
}

/** The text of a file without its comments. */
function codeOf(file: string): string {
  const text = Deno.readTextFileSync(new URL(file, root));
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

/** Every import of a file, imports of types included. */
function importsOf(from: string): Import[] {
  const found = codeOf(from).matchAll(
    /^\s*(?:import\s*|(?:import|export)\b[\w\s{},*$]*\bfrom\s*)"([^"]+)"|\bimport\(\s*"([^"]+)"/gm,
  );
  return [...found].map(([, fixed, dynamic]) => {
    const written = fixed ?? dynamic;
    const target = (config.imports as Record<string, string>)[written] ?? written;
    const base = target === written ? new URL(from, root) : root;
    const { href } = target.startsWith(".") ? new URL(target, base) : { href: target };
    return { from, written, to: href.startsWith(root.href) ? href.slice(root.href.length) : href };
  });
}

/** Every import of the files that the entry points reach. */
function importsFrom(entryPoints: string[]): Import[] {
  const imports: Import[] = [];
  const reached = new Set(entryPoints);
  // The set grows while it is read.
  for (const file of reached) {
    const found = importsOf(file);
    imports.push(...found);
    for (const { to } of found) if (isOurs(to)) reached.add(to);
  }
  return imports;
}

/** The paths of all TypeScript files of a folder. */
function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return filesIn(`${folder}${name}/`);
    return name.endsWith(".ts") ? [folder + name] : [];
  });
}

const imports = importsFrom([...ENTRY_POINTS, ...filesIn("drivers/")]);
const between = imports.filter(({ from, to }) => isOurs(from) && isOurs(to));
const inWords = ({ from, to }: Import) => `${from} imports ${to}`;
const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);

/** The first few cycles of a graph, as `a → b → a`. */
function cyclesIn(edges: { from: string; to: string }[]): string[] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (node: string, path: string[]) => {
    if (path.includes(node)) return void cycles.push([...path.slice(path.indexOf(node)), node].join(" → "));
    if (done.has(node)) return;
    for (const to of new Set(next.get(node)?.map(({ to }) => to))) visit(to, [...path, node]);
    done.add(node);
  };
  for (const node of next.keys()) visit(node, []);
  return cycles;
}

Deno.test("every file of lib is reached from a program or a public module", () => {
  const reached = new Set([...ENTRY_POINTS, ...imports.map(({ to }) => to)]);
  equal(filesIn("lib/").filter((file) => !reached.has(file)), []);
});

Deno.test("a file imports only from its own layer or from further left", () => {
  const layerOf = (path: string) => LAYERS.findIndex((layer) => layer.test(path));
  const inLayers = between.filter(({ from }) => !/^drivers\//.test(from));
  for (const { from } of inLayers) ok(layerOf(from) >= 0, `${from} is in no layer`);
  equal(inLayers.filter(({ from, to }) => layerOf(to) < 0 || layerOf(to) > layerOf(from)).map(inWords), []);
});

Deno.test("some files import less than all on their left", () => {
  const isInOwnFolder = ({ from, to }: Import) => to.startsWith(folderOf(from)) && from.split("/").length > 2;
  for (const [files, only] of NARROWER) {
    const concerned = between.filter(({ from }) => files.test(from));
    equal(concerned.filter((it) => !isInOwnFolder(it) && !only.test(it.to)).map(inWords), []);
  }
});

Deno.test("only programs outside the daemon use its client", () => {
  const using = imports.filter(({ to, from }) =>
    /^lib\/client\//.test(to) && !/^(lib\/(client|cli\/ctl)|web)\//.test(from)
  );
  equal(using.map(inWords), []);
});

Deno.test("no file imports itself through others, imports of types included", () => {
  equal(cyclesIn(between), []);
});

Deno.test("no folder imports itself through others", () => {
  const folders = between.map(({ from, to }) => ({ from: folderOf(from), to: folderOf(to) }));
  // Files directly under lib are rooms of their own; the layers order them.
  equal(cyclesIn(folders.filter(({ from, to }) => from !== to && from !== "lib/" && to !== "lib/")), []);
});

Deno.test("only lib/http and main.ts import the web framework", () => {
  const using = imports.filter(({ written }) => /^(npm:\/?)?hono\b/.test(written)).map(({ from }) => from);
  equal(using.filter((from) => !/^(lib\/http\/|main\.ts)/.test(from)), []);
  ok(using.length > 0);
});

Deno.test("only lib/hub imports NATS", () => {
  const using = imports.filter(({ written }) => /^(npm:\/?)?@nats-io\b/.test(written)).map(({ from }) => from);
  equal(using.filter((from) => !/^lib\/hub\//.test(from)), []);
  ok(using.length > 0);
});

Deno.test("Deno appears only at the edges", () => {
  const files = ["main.ts", ...filesIn("lib/"), ...filesIn("drivers/"), ...filesIn("web/")];
  const using = files.filter((file) => /\bDeno\b/.test(codeOf(file)));
  equal(using.filter((file) => !MAY_USE_DENO.test(file)), []);
  ok(using.includes("main.ts"));
});

Deno.test("drivers import labdaemon/driver, labdaemon/recording, zod, files beside them, and nothing else of the daemon", () => {
  const wrong = imports.filter(({ from, to, written }) =>
    /^drivers\/.*(?<!_test)\.ts$/.test(from) && !["labdaemon/driver", "labdaemon/recording", "zod"].includes(written) &&
    !to.startsWith("drivers/")
  );
  equal(wrong.map(inWords), []);
});

Deno.test("only a driver's own process imports a driver", () => {
  equal(imports.filter(({ from, to }) => to.startsWith("drivers/") && !from.startsWith("drivers/")).map(inWords), []);
});

Deno.test("no file has a name that says nothing of its subject", () => {
  equal(filesIn("lib/").filter((file) => /\/(utils?|types|helpers?|common|misc)\.ts$/.test(file)), []);
});

Deno.test("a folder holds at most some twenty files", () => {
  const sizes = Map.groupBy([...filesIn("lib/"), ...filesIn("web/")], folderOf);
  equal([...sizes].filter(([, files]) => files.length > 22).map(([folder, files]) => `${folder}: ${files.length}`), []);
});

const lockOf = (file: string) => JSON.parse(Deno.readTextFileSync(new URL(file, root)));

// `deno task serve` downloads all of `deno.lock`. What only tests import is in `tests/deno.json` and its lock file.
Deno.test("deno.lock has the packages that the program imports, and no other", () => {
  const used = imports.map(({ written }) => written);
  const packages = Object.entries(config.imports).filter(([, to]) => to.startsWith("npm:"));
  equal(packages.filter(([name]) => !used.some((it) => it === name || it.startsWith(name.replace(/\/?$/, "/")))), []);
  // "npm:/hono@4.13.19/" and "npm:hono@4.13.19" are one package.
  const versions = new Set(packages.map(([, to]) => to.replace(/^npm:\/?(.*?)\/?$/, "npm:$1")));
  equal(Object.keys(lockOf("deno.lock").specifiers), [...versions].sort(), "Run: deno install --frozen=false");
});

Deno.test("the tests run with the packages of the program, in the same versions", () => {
  const repeated = Object.entries(testConfig.imports).filter(([name]) => name in config.imports);
  const own = Object.entries(config.imports).map(([name, to]) => [name, to.replace(/^\.\//, "../")]);
  equal(repeated, own, "tests/deno.json repeats the imports of deno.json");
  const tested = lockOf("tests/deno.lock").npm;
  equal({ ...tested, ...lockOf("deno.lock").npm }, tested, "Run: deno install --frozen=false --config=tests/deno.json");
});
