/**
 * Leaves the packages of the tests out of `deno.json` and `deno.lock`, so that an image does not download them: Deno
 * downloads every package of the lock file. To be run in a copy of the checkout: `deno run -RW deploy/without_test_packages.ts`.
 *
 * @module
 */

/** The packages that only tests, benchmarks and screenshots import. */
export const TEST_PACKAGES = ["@sinonjs/fake-timers", "axe-core", "fast-check", "playwright-core"];

/** The parts of `deno.json` and `deno.lock` that name packages. */
interface Config {
  imports: Record<string, string>;
}
interface Lock {
  /** Versions by specifier: `{"npm:zod@4.6.7": "4.6.7"}`. */
  specifiers: Record<string, string>;
  /** Packages by name and version, with the names of what they need, which have a version if there are several. */
  npm: Record<string, { dependencies?: string[]; optionalDependencies?: string[]; optionalPeers?: string[] }>;
  workspace: { dependencies: string[] };
}

const isOfTests = (specifier: string) => TEST_PACKAGES.some((name) => specifier.startsWith(`npm:${name}@`));

/** The configuration without the packages of the tests. */
export function runtimeConfig<It extends Config>(config: It): It {
  const imports = Object.entries(config.imports).filter(([, specifier]) => !isOfTests(specifier));
  return { ...config, imports: Object.fromEntries(imports) };
}

/** The lock file without the packages of the tests, and without those that only they need. */
export function runtimeLock<It extends Lock>(lock: It): It {
  const specifiers = Object.entries(lock.specifiers).filter(([specifier]) => !isOfTests(specifier));
  const keyOf = (name: string) =>
    name in lock.npm ? name : Object.keys(lock.npm).find((key) => key.startsWith(`${name}@`));
  const kept = new Set<string>();
  const keep = (name: string) => {
    const key = keyOf(name);
    if (key === undefined || kept.has(key)) return;
    kept.add(key);
    const { dependencies = [], optionalDependencies = [], optionalPeers = [] } = lock.npm[key];
    for (const needed of [...dependencies, ...optionalDependencies, ...optionalPeers]) keep(needed);
  };
  for (const [specifier, version] of specifiers) {
    const name = specifier.slice("npm:".length, specifier.lastIndexOf("@"));
    keep(`${name}@${version}`);
  }
  return {
    ...lock,
    specifiers: Object.fromEntries(specifiers),
    npm: Object.fromEntries(Object.entries(lock.npm).filter(([key]) => kept.has(key))),
    workspace: { ...lock.workspace, dependencies: lock.workspace.dependencies.filter((it) => !isOfTests(it)) },
  };
}

if (import.meta.main) {
  await rewrite("deno.json", runtimeConfig<Config>);
  await rewrite("deno.lock", runtimeLock<Lock>);
}

async function rewrite<Content>(file: string, change: (content: Content) => Content): Promise<void> {
  const content = change(JSON.parse(await Deno.readTextFile(file)));
  await Deno.writeTextFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
