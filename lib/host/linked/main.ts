/**
 * Makes the one file from which drivers' processes start, where the daemon itself may not write to Deno's folder of caches:
 * in an image, and for a service.
 *
 * @module
 */
import { linkedRuntime } from "./linked_runtime.ts";

const runtime = await linkedRuntime();
if (!runtime) {
  console.error(
    "Cannot write to Deno's folder of caches: drivers' processes start from the library's files, more slowly",
  );
  Deno.exit(1);
}
