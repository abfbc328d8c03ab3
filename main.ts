/**
 * `deno task serve`: the devices of a bench file, over HTTP.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };
import { serve } from "./lib/cli/serve/serve.ts";

Deno.exit(await serve(Deno.args, config.version));
