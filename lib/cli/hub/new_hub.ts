import { resolve } from "node:path";
import { makePrivateFolder, writePrivately } from "../../access/private_file.ts";
import { LabError } from "../../errors.ts";
import { newKey } from "../../hub/signed/new_key.ts";

const TEMPLATE = new URL("../../../deploy/nats/nats.conf", import.meta.url);

/** A bench of the template, which each bench takes the place of. */
const BENCH = "lab3";
const KEYS = { bench: "UBENCHLAB3KEYOFYOUROWN", reader: "UREADERKEYOFYOUROWN", keeper: "UKEEPERKEYOFYOUROWN" };

/** The parts of the template that each bench has: an account, and lines about it in another one. */
const PARTS = new RegExp(`(?:^ {6}\\{ .*BENCH_${BENCH}.*\\n)+|^ {2}BENCH_${BENCH} \\{\\n[^]*?^ {2}\\}\\n`, "gm");

/** The configuration of a hub for some benches. @param keyOf The public key of a bench, of `reader` and of `keeper`. */
export function hubConfig(template: string, benches: readonly string[], keyOf: (name: string) => string): string {
  const each = (text: string) =>
    benches.map((name) => text.replaceAll(BENCH, name).replace(KEYS.bench, keyOf(name))).join("");
  return template.replace(PARTS, each).replace(KEYS.reader, keyOf("reader")).replace(KEYS.keeper, keyOf("keeper"));
}

/**
 * Writes the configuration of a hub, and the seeds of its benches, its readers and its keeper, into a new folder.
 *
 * @returns Their paths, and the public key of the reader, which benches name in `views`.
 * @throws {LabError} `InvalidRequest` if the folder has such files already.
 */
export async function newHub(folder: string, benches: readonly string[]): Promise<{ files: string[]; reader: string }> {
  const taken = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  if (taken.some(({ name }) => name === "nats.conf" || name.endsWith(".seed"))) {
    throw new LabError("InvalidRequest", `Cannot write to ${folder}: it has a nats.conf or seeds already`);
  }
  await makePrivateFolder(folder);
  const publicKeys = new Map<string, string>();
  const written: string[] = [];
  for (const name of [...benches, "reader", "keeper"]) {
    const { publicKey, seed } = await newKey();
    publicKeys.set(name, publicKey);
    const path = `${folder}/${name}.seed`;
    await writePrivately(path, `${seed}\n`);
    written.push(path);
  }
  const config = hubConfig(await Deno.readTextFile(TEMPLATE), benches, (name) => publicKeys.get(name)!)
    .replaceAll(
      /"(?:\/etc\/nats|\/var\/lib)\/(?:nats|(\w+\.pem))"/g,
      (_, file = "store") => JSON.stringify(resolve(folder, file)),
    );
  await writePrivately(`${folder}/nats.conf`, config);
  return { files: [`${folder}/nats.conf`, ...written], reader: publicKeys.get("reader")! };
}
