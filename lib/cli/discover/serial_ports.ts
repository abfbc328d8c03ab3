/**
 * The serial ports of this machine by their ids, which do not depend on the order of plugging in. This runs `ls`,
 * because Deno reads below `/dev` only with every permission.
 */
export async function serialPorts(folder = "/dev/serial/by-id"): Promise<string[]> {
  try {
    // The folder is not there before the first port is plugged in.
    const { stdout } = await new Deno.Command("ls", { args: ["-1", folder], stdin: "null" }).output();
    const names = new TextDecoder().decode(stdout).split("\n").filter((name) => name !== "");
    return names.sort().map((name) => `${folder}/${name}`);
  } catch (error) {
    // A machine without `ls`, and so without such a folder.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
