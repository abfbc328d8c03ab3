/** The names of the system's library: on Linux, on Linux with musl, on macOS. */
const NAMES = ["libc.so.6", "libc.so", "libSystem.dylib"];

/** Opens the system's library for some of its functions; `undefined` where this process may not use it (`--allow-ffi`). */
export function openSystemLibrary<const Functions extends Deno.ForeignLibraryInterface>(
  functions: Functions,
): Deno.DynamicLibrary<Functions> | undefined {
  for (const name of NAMES) {
    try {
      return Deno.dlopen(name, functions);
    } catch {
      // Not this one, or it is not permitted.
    }
  }
  return undefined;
}
