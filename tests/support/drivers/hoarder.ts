import { DatabaseSync } from "node:sqlite";
import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

const BYTES = 2_000_000;

/** Ways to write to the disk for which Deno asks no permission. Each throws, or returns what it has stored. */
const WAYS: Record<string, (text: string) => unknown> = {
  localStorage: (text) => {
    localStorage.setItem("stored", text);
    return localStorage.length;
  },
  caches: async (text) => {
    const cache = await caches.open("stored");
    await cache.put("http://stored/", new Response(text));
    return (await (await cache.match("http://stored/"))!.text()).length;
  },
  sqlite: (text) => {
    const database = new DatabaseSync(":memory:");
    // Temporary tables go to a file as soon as they are large.
    database.exec("pragma temp_store = 1; create temp table t (text)");
    for (let i = 0; i < 10; i++) database.prepare("insert into t values (?)").run(text);
    return 10;
  },
};

/** Runs in a worker as well as in the device. */
const IMPORTED = (text: string) => import(`data:application/typescript,export const x: number = 1; /*${text}*/`);

/** Stores what it can. */
export default defineDriver({
  name: "Hoarder",
  create: () => ({}),
  methods: {
    store: {
      input: z.object({ way: z.enum(["localStorage", "caches", "sqlite"]) }),
      run: (_, { way }) => WAYS[way]("x".repeat(BYTES)),
    },
    store_in_worker: {
      input: z.object({ way: z.enum(["localStorage", "caches", "sqlite"]) }),
      run: (_, { way }) => {
        const code = `import { DatabaseSync } from "node:sqlite";
          postMessage(await (${WAYS[way]})("x".repeat(${BYTES})));`;
        const worker = new Worker(`data:application/javascript,${encodeURIComponent(code)}`, { type: "module" });
        return new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = (event) => {
            event.preventDefault();
            reject(new Error(event.message));
          };
        }).finally(() => worker.terminate());
      },
    },
    import: {
      input: z.object({ count: z.int() }),
      run: async (_, { count }) => {
        for (let i = 0; i < count; i++) await IMPORTED(String(i).padEnd(BYTES / 10, "x"));
      },
    },
  },
});
