/** Holds the map: who may import whom, and where the runtime and the web framework may appear. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";

const root = new URL("../", import.meta.url);

/** Programs and faces: from these, every file of the library is reached. */
const ENTRANCES = [
  ...["main.ts", "web/main.ts", "lib/mod.ts", "lib/client/mod.ts", "lib/ctl/main.ts", "lib/host/process_main.ts"],
  ...["mod", "probe", "check_driver_main", "new_driver_main"].map((name) => `lib/kit/${name}.ts`),
  // New drivers are written after these.
  ...["generator", "line", "polled", "push"].flatMap((kind) =>
    [`${kind}.ts`, `${kind}_test.ts`].map((name) => `lib/kit/templates/${name}`)
  ),
];

/** From left to right. A file may import from its own layer and from those on its left. */
const LAYERS: RegExp[] = [
  /^lib\/(async\/|errors\.ts|duration\.ts|did_you_mean\.ts)/,
  /^lib\/driver\//,
  /^lib\/stream\//,
  /^lib\/host\//,
  /^lib\/device\//,
  /^lib\/(daemon|config|bench|live_lines)\.ts|^lib\/(config|log|serve)\//,
  /^lib\/mod\.ts/,
  /^lib\/client\//,
  /^(web|lib\/ctl)\//,
  /^lib\/http\//,
  /^main\.ts/,
  /^lib\/kit\//,
];

/** What may be imported besides one's own folder, where that is less than all that stands on the left. */
const NARROWER: [files: RegExp, only: RegExp][] = [
  [/^lib\/errors\.ts/, /^lib\/async\/clock\.ts/],
  [/^lib\/duration\.ts/, /^lib\/errors\.ts/],
  [/^lib\/async\//, /^lib\/errors\.ts/],
  [/^lib\/daemon\.ts/, /^lib\/(errors\.ts|async|driver|stream|host|device)/],
  [
    /^lib\/config/,
    /^lib\/(errors|duration|did_you_mean|config|config\/\w+|device\/(policy|device_id)|driver\/permissions|stream\/ring)\.ts/,
  ],
  [/^lib\/client\//, /^lib\/(errors\.ts|async\/)/],
  [/^lib\/ctl\//, /^lib\/((errors|duration|did_you_mean)\.ts|async\/|client\/|ctl\/)/],
  // What runs in a browser is a program elsewhere.
  [/^web\/(?!files\.ts)/, /^(lib\/client\/|lib\/errors\.ts|web\/)/],
];

/** Where `Deno` may be named. */
const MAY_NAME_DENO =
  /^(main\.ts|web\/files\.ts|lib\/config\.ts|lib\/ctl\/main\.ts|lib\/driver\/(load|watch_folder|line_connection)\.ts|lib\/(host|kit)\/.*|drivers\/.*)$/;

interface Module {
  specifier: string;
  dependencies?: { specifier: string; code?: { specifier?: string }; type?: { specifier?: string } }[];
}

interface Import {
  from: string;
  /** As it is written. */
  written: string;
  /** A path in this project, or the whole specifier of what is not. */
  to: string;
  /** Whether it is there at run time; an import of types alone is not. */
  runs: boolean;
}

/** Every import of what an entrance reaches, also of types alone. */
async function importsOf(entrance: string): Promise<Import[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entrance],
    cwd: root,
  }).output();
  equal(code, 0, new TextDecoder().decode(stderr));
  const { modules }: { modules: Module[] } = JSON.parse(new TextDecoder().decode(stdout));
  return modules.filter(({ specifier }) => specifier.startsWith(root.href)).flatMap((
    { specifier, dependencies = [] },
  ) =>
    dependencies.map((it) => ({
      from: pathOf(specifier),
      written: it.specifier,
      to: pathOf(it.code?.specifier ?? it.type?.specifier ?? it.specifier),
      runs: it.code !== undefined,
    }))
  );
}

function pathOf(specifier: string): string {
  return specifier.startsWith(root.href) ? specifier.slice(root.href.length) : specifier;
}

/** The paths of all TypeScript files of a folder. */
function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return filesIn(`${folder}${name}/`);
    return name.endsWith(".ts") ? [folder + name] : [];
  });
}

const entrances = await Promise.all([...ENTRANCES, ...filesIn("drivers/")].map(importsOf));
const imports = [...new Map(entrances.flat().map((it) => [JSON.stringify(it), it])).values()];
const isOurs = (path: string) => /^(lib\/|drivers\/|web\/|main\.ts)/.test(path) && path.endsWith(".ts");
const tell = ({ from, to }: Import) => `${from} imports ${to}`;

Deno.test("every file of lib is reached from a program or a face of the library", () => {
  const reached = new Set([...ENTRANCES, ...imports.map(({ to }) => to)]);
  equal(filesIn("lib/").filter((file) => !reached.has(file)), []);
});

Deno.test("a file imports only from its own layer or from further left", () => {
  const layerOf = (path: string) => LAYERS.findIndex((layer) => layer.test(path));
  const inLayers = imports.filter(({ from, to }) => isOurs(to) && !/^drivers\//.test(from));
  for (const { from } of inLayers) ok(layerOf(from) >= 0, `${from} is in no layer`);
  equal(inLayers.filter(({ from, to }) => layerOf(to) < 0 || layerOf(to) > layerOf(from)).map(tell), []);
});

Deno.test("some files import less than all that stands on their left", () => {
  const isInOwnFolder = ({ from, to }: Import) =>
    to.startsWith(from.slice(0, from.lastIndexOf("/") + 1)) && from.split("/").length > 2;
  for (const [files, only] of NARROWER) {
    const concerned = imports.filter(({ from, to }) => files.test(from) && isOurs(to));
    equal(concerned.filter((it) => !isInOwnFolder(it) && !only.test(it.to)).map(tell), []);
  }
});

Deno.test("only programs that stand outside the daemon use its client", () => {
  const using = imports.filter(({ to, from }) => /^lib\/client\//.test(to) && !/^(lib\/(client|ctl)|web)\//.test(from));
  equal(using.map(tell), []);
});

// Two files of a folder may know each other's types, as a log and its cursors do; between folders the layers hold.
Deno.test("no file needs, by whatever way round, itself", () => {
  const next = Map.groupBy(imports.filter(({ to, runs }) => runs && isOurs(to)), ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) return void cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  equal(cycles, []);
});

Deno.test("only lib/http and main.ts know the web framework", () => {
  const found = imports.filter(({ written }) => /^(npm:\/?)?hono\b/.test(written)).map(({ from }) => from);
  equal(found.filter((from) => !/^(lib\/http\/|main\.ts)/.test(from)), []);
  ok(found.length > 0);
});

Deno.test("Deno is named only at the edges", async () => {
  const files = ["main.ts", ...filesIn("lib/"), ...filesIn("drivers/"), ...filesIn("web/")];
  const naming: string[] = [];
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(file, root));
    const code = text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
    if (/\bDeno\b/.test(code)) naming.push(file);
  }
  equal(naming.filter((file) => !MAY_NAME_DENO.test(file)), []);
  ok(naming.includes("main.ts"));
});

Deno.test("drivers import labdaemon/driver, zod, what is beside them, and no more of the daemon", () => {
  const wrong = imports.filter(({ from, to, written }) =>
    /^drivers\/.*(?<!_test)\.ts$/.test(from) && !["labdaemon/driver", "zod"].includes(written) &&
    !to.startsWith("drivers/")
  );
  equal(wrong.map(tell), []);
});

Deno.test("nothing but the driver's own process imports a driver", () => {
  equal(imports.filter(({ from, to }) => to.startsWith("drivers/") && !from.startsWith("drivers/")).map(tell), []);
});

Deno.test("no file is called after what it is not about", () => {
  equal(filesIn("lib/").filter((file) => /\/(utils?|types|helpers?|common|misc)\.ts$/.test(file)), []);
});
