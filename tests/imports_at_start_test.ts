/** What programs load when they start: each package costs 5 to 40 ms of CPU, in each process of a device, too. */
import { deepStrictEqual as equal } from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

const CONFIG: { imports: Record<string, string>; tasks: Record<string, { command: string }> } = JSON.parse(
  Deno.readTextFileSync(new URL("deno.json", ROOT)),
);

/** An import or export of values: the names, if there are any, and the module. */
const STATEMENT = /^(?:import|export)\s+(?!type\b)(?:([^"';]*?)\s+from\s+)?"([^"]+)"/gm;

/** True for `{ type A, type B }`: nothing is loaded for it. */
function areTypes(names: string | undefined): boolean {
  const [, inner] = /^\{([^}]*)\}$/.exec(names ?? "") ?? [];
  const each = (inner ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  return each.length > 0 && each.every((name) => name.startsWith("type "));
}

/** The files that a program imports when it starts, and the packages. What it imports later is in neither. */
function loadedBy(program: string): { files: string[]; packages: string[] } {
  const files = new Set([new URL(program, ROOT).href]);
  const packages = new Set<string>();
  for (const file of files) {
    if (!file.endsWith(".ts")) continue;
    for (const [, names, name] of Deno.readTextFileSync(new URL(file)).matchAll(STATEMENT)) {
      if (areTypes(names)) continue;
      const target = name.startsWith(".") ? name : CONFIG.imports[name] ?? name;
      if (!target.startsWith(".")) packages.add(name);
      else files.add(new URL(target, name.startsWith(".") ? file : ROOT).href);
    }
  }
  return { files: [...files].map((file) => file.slice(ROOT.href.length)), packages: [...packages].sort() };
}

const isOfNode = (name: string) => name.startsWith("node:");

Deno.test("a device's process loads zod and no module of Node, and of the library what every driver uses", () => {
  const { files, packages } = loadedBy("lib/host/runtime/process_main.ts");
  equal(packages, ["zod"]);
  const folders = new Set(files.map((file) => file.split("/").slice(0, 2).join("/")));
  equal([...folders].sort(), [
    ...["lib/async", "lib/driver", "lib/errors.ts", "lib/format", "lib/host", "lib/stream", "lib/wire"],
  ]);
});

Deno.test("a command of ctl loads neither the parser of YAML nor the log", () => {
  const { packages } = loadedBy("lib/cli/ctl/main.ts");
  equal(packages.filter((name) => !isOfNode(name)), ["commander", "eventsource-parser", "zod"]);
});

Deno.test("check-driver loads the parsers of YAML and MQTT only for a fake of a YAML driver", () => {
  const { packages } = loadedBy("lib/cli/check_driver.ts");
  equal(packages.filter((name) => !isOfNode(name)), ["@logtape/logtape", "commander", "zod"]);
});

Deno.test("the daemon shares V8's code cache with its devices' processes: no flag of V8 makes one reject the other's", () => {
  const files = ["deploy/Containerfile", "deploy/labdaemon.service", "lib/host/child_process.ts"];
  const texts = files.map((file) => Deno.readTextFileSync(new URL(file, ROOT)));
  const commands = Object.values(CONFIG.tasks).map(({ command }) => command);
  const flags = [...texts, ...commands].flatMap((text) => text.match(/(?<=--v8-flags=\S*)--[a-z][a-z-]*[a-z]/g) ?? []);
  // Limits of the heap are not part of the cache's mark.
  equal(new Set(flags), new Set(["--max-old-space-size"]));
});

Deno.test("the daemon loads what only some benches use when they use it", () => {
  const { files, packages } = loadedBy("main.ts");
  const later = [
    "apache-arrow",
    "h5wasm",
    "hyparquet",
    "mcap",
    "marked",
    "minisearch",
    "mqtt",
    "nats",
    "openid",
    "swagger",
  ];
  equal(packages.filter((name) => later.some((part) => name.includes(part))), []);
  const folders = /^lib\/(declared|hub|mqtt)\/|^lib\/http\/openapi\/(?!bench_document)/;
  equal(files.filter((file) => folders.test(file)), []);
});
