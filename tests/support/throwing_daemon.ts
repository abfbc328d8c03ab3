/** Serves a bench, and throws beside it for each line of its input, as a library could. */
import { serve } from "../../lib/cli/serve/serve.ts";

const read = async () => {
  for await (const _ of Deno.stdin.readable) {
    setTimeout(() => {
      throw new Error("nothing catches this");
    });
  }
};
read();
Deno.exit(await serve(Deno.args, "0.0.0"));
