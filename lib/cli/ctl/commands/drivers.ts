import type { DriverStatus } from "../../../client/mod.ts";
import type { Command } from "../command.ts";
import { printJson } from "../print_json.ts";
import { type Cell, table } from "../table.ts";

/** `ctl drivers` */
export const drivers: Command = {
  name: "drivers",
  about: "the device types there are, and the files that failed to load",
  arguments: [],
  options: { json: { about: "print all that the daemon says, with the schemas, as JSON" } },
  async run(given, { api, out, paint }) {
    const all = await api.listDrivers();
    if (given.has("json")) return await printJson(out, all);
    if (!all.length) return await out.print("There are no drivers: put a file into the daemon's drivers folder");
    const headings = ["TYPE", "FILE", "STATUS", "SUMMARY"];
    for (const line of table(headings, all.map(rowOf), paint, out.size.columns)) await out.print(line);
    for (const line of all.flatMap(failureOf)) await out.print(paint(line, "red"));
  },
};

function rowOf({ name, file, status, error, summary }: DriverStatus): Cell[] {
  // With an error beside it, the file has changed and the version before is in use.
  const words = error && status === "loaded" ? "loaded, outdated" : status;
  const colour = status === "loaded" ? error ? "yellow" : "green" : "red";
  // A file that failed to load may not have told its name.
  return [name ?? "", file ?? "", { text: words, colour }, summary ?? ""];
}

function failureOf({ file, error }: DriverStatus): string[] {
  if (!error) return [];
  const isNamed = !file || error.message.includes(file);
  return `${isNamed ? "" : `${file}: `}${error.message}`.split("\n");
}
