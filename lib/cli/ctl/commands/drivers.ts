import type { DriverStatus } from "../../../client/mod.ts";
import { type Cell, table } from "../../terminal/table.ts";
import type { AddCommand } from "./ctl.ts";

/** `ctl drivers` */
export const drivers: AddCommand = (program, ctl) =>
  program.command("drivers")
    .description("the device types, and the files that failed to load")
    .option("--json", "print the daemon's whole answer, with the schemas, as JSON")
    .action(async ({ json }: { json?: true }) => {
      const { api, out, paint } = ctl();
      const all = await api.listDrivers();
      if (json) return await out.printJson(all);
      if (!all.length) return await out.print("There are no drivers: put a file into the daemon's drivers folder");
      const headings = ["TYPE", "FILE", "STATUS", "SUMMARY"];
      for (const line of table(headings, all.map(rowOf), paint, out.size.columns)) await out.print(line);
      for (const line of all.flatMap(errorLines)) await out.print(paint(line, "red"));
    });

function rowOf({ name, file, status, error, summary }: DriverStatus): Cell[] {
  // A loaded driver with an error: the file has changed and does not run, and the version before is in use.
  const text = error && status === "loaded" ? "loaded, outdated" : status;
  const colour = status === "loaded" ? error ? "yellow" : "green" : "red";
  // The name of a file that failed to load may be unknown.
  return [name ?? "", file ?? "", { text, colour }, summary ?? ""];
}

function errorLines({ file, error }: DriverStatus): string[] {
  if (!error) return [];
  const isNamed = !file || error.message.includes(file);
  return `${isNamed ? "" : `${file}: `}${error.message}`.split("\n");
}
