import { LabError } from "../../../errors.ts";
import { grantLine } from "../../../format/grant_line.ts";
import type { Permissions } from "../../../wire/driver.ts";
import type { AddCommand, Ctl } from "./ctl.ts";

/** The options of `ctl grant` as commander reads them. */
interface GrantOptions {
  config: string;
  yes?: true;
}

/** `ctl grant` */
export const grant: AddCommand = (program, ctl) =>
  program.command("grant <driver>")
    .description("show what a driver asks for and does not get; with --yes, write that into the bench file")
    .option("--config <file>", "the bench file on this machine", "bench.yaml")
    .option("--yes", "grant it")
    .action(async (driver: string, { config, yes }: GrantOptions) => {
      const { out, api } = ctl();
      const { asked, missing } = await permissionsOf(api, driver);
      if (Object.keys(missing).length === 0) return await out.print(`${driver} gets everything that it asks for`);
      await out.print(`${driver} asks for more than it was granted:`);
      for (const [kind, entries] of Object.entries(missing)) {
        await out.print(`  ${kind}: ${entries === true ? "everything" : entries.join(", ")}`);
      }
      if (!yes) {
        await out.print(`Its whole line in the bench file: ${grantLine(driver, asked)}`);
        return await out.print(`If you trust it with that: deno task ctl grant ${driver} --yes`);
      }
      // A driver with a line gets what the line names, so the line names all that it asks for.
      // Loaded here: a parser of YAML takes a sixth of the time in which a command starts.
      const { writeGrant } = await import("../input/grant_in_file.ts");
      await writeGrant(config, driver, asked);
      await out.print(`Written to ${config}. Restart the daemon`);
    });

/** All that a driver and its devices ask for, and the part of it that is not granted. */
async function permissionsOf(api: Ctl["api"], name: string): Promise<{ asked: Permissions; missing: Permissions }> {
  const driver = (await api.listDrivers()).find((it) => it.name === name && it.status === "loaded");
  if (!driver) throw new LabError("InvalidRequest", `Cannot grant to "${name}": the daemon has no such driver`);
  const devices = (await api.listDevices()).filter(({ device_type }) => device_type === name);
  const missing = united([driver.permissions_missing, ...devices.map((device) => device.permissions_missing)]);
  const granted = [driver.permissions_granted, ...devices.map(({ permissions }) => permissions)];
  return { asked: united([...granted, missing]), missing };
}

function united(all: (Permissions | null | undefined)[]): Permissions {
  const result: Record<string, true | string[]> = {};
  for (const [kind, entries] of all.flatMap((permissions) => Object.entries(permissions ?? {}))) {
    const known = result[kind] ?? [];
    result[kind] = known === true || entries === true ? true : [...new Set([...known, ...entries])];
  }
  return result;
}
