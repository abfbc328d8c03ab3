import { defineDriver } from "labdaemon/driver";

/** Continues to stream after its stop. */
export default defineDriver({
  name: "Deaf",
  create: () => ({
    async *stream() {
      for (let n = 0;; n++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (n === 0) yield n;
      }
    },
  }),
  methods: { pid: { run: () => Deno.pid } },
});
