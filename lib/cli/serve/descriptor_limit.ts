/**
 * The number of file descriptors that this process may have open, as its children inherit it: each connection takes one, and
 * each driver process four. Deno raises the soft limit to the hard one when it starts. Undefined where there is no shell.
 */
export async function descriptorLimit(): Promise<number | undefined> {
  try {
    const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", "ulimit -n"], stderr: "null" }).output();
    return Number(new TextDecoder().decode(stdout)) || undefined;
  } catch {
    return undefined;
  }
}
