/** A real OpenID provider in a process of its own. */
export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string;
  /** The one who logs in from now on; `undefined`: one whom the provider refuses. */
  as(person: string | undefined): Promise<void>;
}

/** The claims of the people whom it knows, by their subjects. */
export type People = Record<string, Record<string, unknown>>;

/**
 * Starts the provider.
 *
 * @param claims The place of the groups: in the ID token, or in the user info.
 */
export async function identityProvider(people: People, claims: "in-token" | "in-userinfo"): Promise<IdentityProvider> {
  const script = new URL("provider.js", import.meta.url).pathname;
  const flags = ["run", "-A", `--config=${new URL("../../deno.json", import.meta.url).pathname}`, "--quiet"];
  const process = new Deno.Command(Deno.execPath(), {
    args: [...flags, script, JSON.stringify(people), claims],
    ...{ stdin: "piped", stdout: "piped", stderr: "null" },
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const issuerIn = () => /^issuer (\S+)\n/m.exec(text)?.[1];
  while (issuerIn() === undefined) {
    const { done, value } = await lines.read();
    if (done) throw new Error(`The provider has not started: ${text}`);
    text += value;
  }
  const issuer = issuerIn()!;
  return {
    issuer,
    as: async (person) => {
      const response = await fetch(`${issuer}/as?person=${person ?? ""}`);
      await response.body?.cancel();
    },
    [Symbol.asyncDispose]: async () => {
      await process.stdin.close();
      await process.status;
      await lines.cancel();
    },
  };
}
