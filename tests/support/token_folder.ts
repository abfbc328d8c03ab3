import { Access } from "../../lib/access/access.ts";
import type { NewTokenRequest, Scope } from "../../lib/wire/access.ts";

/** The access to a daemon whose tokens are in a folder of its own. */
export interface TokenFolder extends AsyncDisposable {
  readonly folder: string;
  readonly access: Access;
  /** Makes a token; returns the header that sends it. */
  token(name: string, scope: Scope, more?: Partial<NewTokenRequest>): Promise<{ authorization: string }>;
}

/** A data folder without tokens, where one is needed nevertheless. */
export async function tokenFolder(): Promise<TokenFolder> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  const access = await Access.open({ folder, authentication: "tokens" });
  return {
    folder,
    access,
    token: async (name, scope, more) => {
      const { token } = await access.tokens!.create({ name, scope, ...more });
      return { authorization: `Bearer ${token}` };
    },
    [Symbol.asyncDispose]: async () => {
      await access.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
