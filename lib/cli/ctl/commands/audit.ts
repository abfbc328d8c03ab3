/**
 * The commands about the record of commands.
 *
 * @module
 */
import { join } from "node:path";
import { AUDIT_FILE, verifyChain } from "../../../access/audit_chain.ts";
import { LabError, messageOf } from "../../../errors.ts";
import type { ServerAPI } from "../../../client/mod.ts";
import { type AuditEntry, type AuditQuery, MAX_AUDIT_ENTRIES } from "../../../wire/audit.ts";
import { isTime } from "../../../wire/values.ts";
import { readBy } from "../../command_line.ts";
import { type Cell, table } from "../../terminal/table.ts";
import type { AddCommand } from "./ctl.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

const count = readBy((text) => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MAX_AUDIT_ENTRIES) return number;
  throw new Error(`Expected a whole number from 1 to ${MAX_AUDIT_ENTRIES}`);
});

const time = readBy((text) => {
  if (isTime(text)) return new Date(text).toISOString();
  throw new Error("Expected a time such as 2026-11-22T06:25Z");
});

/** `ctl audit` */
export const audit: AddCommand = (program, ctl) => {
  const group = program.command("audit").description("who has commanded what, while tokens are needed");
  group.command("show")
    .description("the newest commands, and who was refused")
    .option("--limit <number>", "how many entries", count, 50)
    .option("--who <name>", "of this token or person only")
    .option("--device <id>", "of this device only")
    .option("--action <text>", "with this text in the method, the route or the path")
    .option("--since <time>", "from this time on, such as 2026-11-22T06:25Z", time)
    .option("--until <time>", "up to this time", time)
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output, json: _, ...query }: AuditQuery & DataOptions & { json?: true; limit: number }) => {
      const { api, out, paint } = ctl();
      const entries = await newest(api, query);
      if (output !== "table") return await printData(ctl(), output, entries);
      if (!entries.length) return await out.print("There are no entries");
      for (const line of table(HEADINGS, entries.map(rowOf), paint, out.size.columns)) await out.print(line);
    });
  group.command("verify")
    .description("check that no entry was changed, added or removed")
    .option("--data <folder>", "the data folder (default: data; env: LABDAEMON_DATA)")
    .addHelpText(
      "after",
      `
It prints the hash of the last entry. Kept elsewhere, it shows later whether entries are missing at the end: with
--contains, that hash has to be in the record.`,
    )
    .option("--contains <hash>", "a hash that was printed before")
    .action(async ({ data, contains }: { data?: string; contains?: string }) => {
      const { out, dataFolder } = ctl();
      // A folder that is misspelt has no commands either.
      if (data !== undefined) await requireFolder(data);
      const path = join(data ?? dataFolder, AUDIT_FILE);
      let isFound = contains === undefined;
      const lines = async function* () {
        for await (const line of linesOf(path)) {
          isFound ||= line.endsWith(`,"hash":"${contains}"}`);
          yield line;
        }
      };
      const { entries, last, brokenAt } = await verifyChain(lines());
      if (brokenAt !== undefined) throw new Error(`${path}:${brokenAt}: it is not as it was written`);
      if (!isFound) throw new Error(`${path}: no entry has the hash ${contains}: entries are missing`);
      if (entries === 0) {
        return await out.print(`There are no entries in ${path}: commands are recorded while tokens are needed`);
      }
      await out.print(`${entries} entries, as they were written; the last has the hash ${last}`);
    });
};

/** The newest entries that fit, the newest last: by as many requests as that takes. */
async function newest(api: ServerAPI, query: AuditQuery & { limit: number }): Promise<AuditEntry[]> {
  let found: AuditEntry[] = [];
  let place: string | null | undefined;
  while (found.length < query.limit && place !== null) {
    const asked = { ...query, limit: query.limit - found.length, before: place };
    const { entries, next } = await api.listAudit(asked);
    found = [...entries, ...found];
    place = next;
  }
  return found;
}

const HEADINGS = ["AT", "WHO", "FROM", "ACTION", "OUTCOME", "INPUT"];

function rowOf({ at, who, address, action, path, outcome, status, error, input }: AuditEntry): Cell[] {
  const result = outcome === "asked" ? "asked" : `${outcome} ${status}${error ? ` ${error}` : ""}`;
  return [
    at.slice(0, 19).replace("T", " "),
    who,
    address ?? "",
    `${action.split(" ")[0]} ${path}`,
    outcome === "failed" || outcome === "refused" ? { text: result, colour: "red" } : result,
    input === undefined ? "" : JSON.stringify(input),
  ];
}

/** @throws {LabError} `InvalidRequest`, if there is no such folder. */
async function requireFolder(path: string): Promise<void> {
  const found = await Deno.stat(path).catch(() => undefined);
  if (!found?.isDirectory) throw new LabError("InvalidRequest", `Cannot find the data folder ${path}`);
}

/** The lines of a file of any size; none if the file does not exist yet. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  try {
    const file = await Deno.open(path);
    for await (const text of file.readable.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return;
    throw new LabError("InvalidRequest", `Cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
  if (rest !== "") yield rest;
}
