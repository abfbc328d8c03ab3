/** The program of each system that opens an address in the person's browser. */
const OPENERS: Readonly<Partial<Record<typeof Deno.build.os, string>>> = {
  linux: "xdg-open",
  darwin: "open",
  windows: "explorer",
};

/** The time in which a program that cannot open the address has ended, in milliseconds. */
const MAX_WAIT_MS = 2_000;

/** Opens an address in the browser. Resolves to false where none can be opened. */
export async function browse(address: string): Promise<boolean> {
  const opener = OPENERS[Deno.build.os];
  if (opener === undefined || !hasDesktop()) return false;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(opener, { args: [address], stdin: "null", stdout: "null", stderr: "null" }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  // Some openers end at once, others when the browser ends.
  child.unref();
  const ended = child.status.then(({ success }) => success);
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), MAX_WAIT_MS);
  return await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}

/** Without a desktop, `xdg-open` would start a browser of the terminal. */
function hasDesktop(): boolean {
  return Deno.build.os !== "linux" || ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => Deno.env.get(name));
}
