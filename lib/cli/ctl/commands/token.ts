/**
 * The commands about tokens: who may use the daemon.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { TokenStore } from "../../../access/token_store.ts";
import { type IssuedToken, ServerConnectionError, type TokenInfo } from "../../../client/mod.ts";
import { LabError } from "../../../errors.ts";
import { LIFETIME, type NewTokenRequest, newTokenRequestSchema, type Scope, SCOPES } from "../../../wire/access.ts";
import { readBy } from "../../command_line.ts";
import { table } from "../../terminal/table.ts";
import type { AddCommand, Ctl } from "./ctl.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

/** The options of `ctl token create` as commander reads them. */
interface CreateOptions {
  scope: Scope;
  devices?: string[];
  expires?: string;
}

interface ListOptions extends DataOptions {
  data?: string;
}

const lifetime = readBy((text) => {
  if (LIFETIME.test(text)) return text;
  throw new Error("Expected a whole number of min, h or d, such as 30d");
});

/** `ctl token` */
export const token: AddCommand = (program, ctl) => {
  const group = program.command("token").description("make, list, replace and revoke the tokens of the daemon");
  const on = (name: string, description: string) =>
    group.command(name).description(description)
      .option("--data <folder>", "use this data folder, whatever daemon runs");
  addCreate(on("create <name>", "make a token; it is printed this once"), ctl);

  on("list", "all tokens").addOption(OUTPUT).addOption(JSON_OUTPUT).action(async ({ data, output }: ListOptions) => {
    const { out, paint } = ctl();
    const all = await tokensOf(ctl(), data).list();
    if (output !== "table") return await printData(ctl(), output, all);
    if (!all.length) return await out.print("There are no tokens. Make one: deno task ctl token create <name>");
    for (const line of table(HEADINGS, all.map(rowOf), paint, out.size.columns)) await out.print(line);
  });

  on("revoke <name>", "end a token, and all that it has opened").action(async (name: string, { data }) => {
    await tokensOf(ctl(), data).revoke(name);
    await ctl().out.print(`The token "${name}" is revoked`);
  });

  on("rotate <name>", "replace a token by a new one with the same rights").action(async (name: string, { data }) => {
    await show(ctl(), await tokensOf(ctl(), data).rotate(name));
  });
};

function addCreate(command: Command, ctl: () => Ctl): void {
  command
    .addOption(new Option("--scope <scope>", "what it allows").choices(SCOPES).default("read"))
    .option("--devices <ids...>", "only these devices; * stands for any characters")
    .option("--expires <time>", "its lifetime, such as 30d or 12h (default: none)", lifetime)
    .addHelpText(
      "after",
      `
Without a daemon that answers, the token is written into the data folder (LABDAEMON_DATA, else data).`,
    )
    .action(async (name: string, { scope, devices, expires, data }: CreateOptions & { data?: string }) => {
      const request = { name, scope, devices, expires_in: expires };
      const { success, error } = newTokenRequestSchema.safeParse(request);
      if (!success) throw new LabError("InvalidRequest", `Cannot make the token: ${error.issues[0].message}`);
      await show(ctl(), await tokensOf(ctl(), data).create(request));
    });
}

/** The tokens of a daemon, or of a data folder. */
interface Tokens {
  create(request: NewTokenRequest): Promise<IssuedToken>;
  list(): Promise<TokenInfo[]>;
  revoke(name: string): Promise<void>;
  rotate(name: string): Promise<IssuedToken>;
}

/** The tokens of the daemon; those of the data folder if the option names one, or if no daemon answers. */
function tokensOf({ api, dataFolder }: Ctl, data: string | undefined): Tokens {
  const either = async <T>(ask: () => Promise<T>, use: (store: TokenStore) => T | Promise<T>): Promise<T> => {
    if (data === undefined) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof ServerConnectionError && error.type === "ConnectionError")) throw error;
      }
    }
    // Loaded here: the daemon has it as a rule.
    const { TokenStore } = await import("../../../access/token_store.ts");
    return await use(await TokenStore.open(data ?? dataFolder));
  };
  return {
    create: ({ name, scope, devices, expires_in }) =>
      either(
        () => api.createToken(name, scope, { devices: devices ?? undefined, expires_in: expires_in ?? undefined }),
        (store) => store.create({ name, scope, devices, expires_in }),
      ),
    list: () => either(() => api.listTokens(), (store) => store.list()),
    revoke: (name) => either(() => api.revokeToken(name), (store) => store.revoke(name)),
    rotate: (name) => either(() => api.rotateToken(name), (store) => store.rotate(name)),
  };
}

/** Prints the token on standard output, so that a script can read it, and its rights on standard error. */
async function show({ out, err }: Ctl, { token, name, scope, devices, expires_at }: IssuedToken): Promise<void> {
  const whose = devices ? `the devices ${devices.join(", ")}` : "all devices";
  const end = expires_at ? `until ${expires_at.slice(0, 16).replace("T", " ")} UTC` : "until it is revoked";
  await err.print(`The token "${name}": ${scope}, ${whose}, ${end}. It is shown this once:`);
  await out.print(token);
}

const HEADINGS = ["NAME", "SCOPE", "DEVICES", "EXPIRES", "LAST USE"];

function rowOf({ name, scope, devices, expires_at, last_used_at }: TokenInfo): string[] {
  const time = (text: string | null, none: string) => text?.slice(0, 16).replace("T", " ") ?? none;
  return [name, scope, devices?.join(" ") ?? "all", time(expires_at, "never"), time(last_used_at, "none")];
}
