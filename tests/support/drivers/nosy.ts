import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** Asks for more than it should have. */
export default defineDriver({
  name: "Nosy",
  params: z.object({ read: z.array(z.string()).default([]), net: z.array(z.string()).default([]) }),
  permissions: ({ read, net }) => ({ read, net }),
  create: () => ({}),
  methods: {
    read: { input: z.object({ path: z.string() }), run: (_, { path }) => Deno.readTextFileSync(path).length },
    write: { input: z.object({ path: z.string() }), run: (_, { path }) => Deno.writeTextFileSync(path, "") },
    dial: {
      input: z.object({ hostname: z.string(), port: z.number() }),
      run: async (_, address) => (await Deno.connect(address)).close(),
    },
    variable: { input: z.object({ name: z.string() }), run: (_, { name }) => Deno.env.get(name) },
    run: { run: async () => (await new Deno.Command("true").output()).success },
    load: { input: z.object({ library: z.string() }), run: (_, { library }) => Deno.dlopen(library, {}).close() },
    kill: { input: z.object({ pid: z.number() }), run: (_, { pid }) => Deno.kill(pid, "SIGKILL") },
    import: { input: z.object({ url: z.string() }), run: async (_, { url }) => Object.keys(await import(url)) },
  },
});
