import { join } from "node:path";
import { z } from "zod";
import { LabError, messageOf } from "../errors.ts";
import { tokenSchema } from "../wire/access.ts";
import {
  isWritableByOthers,
  makePrivateFolder,
  markOf,
  parseKept,
  readIfThere,
  writePrivately,
} from "./private_file.ts";

/** A stored token: its hash in place of the token itself. */
const storedTokenSchema = tokenSchema.extend({ hash: z.string() });
/** A token as the data folder stores it. */
export type StoredToken = z.output<typeof storedTokenSchema>;

const fileSchema = z.object({ version: z.literal(1), tokens: z.array(storedTokenSchema) });

/** The file of the tokens in the data folder. */
export class TokenFile {
  readonly #folder: string;
  readonly path: string;
  /** The mark of the version that was last read or written. */
  #mark: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "tokens.json");
  }

  /** True if the file is another one than that which was last read or written. */
  async hasChanged(): Promise<boolean> {
    return await markOf(this.path) !== this.#mark;
  }

  /**
   * The tokens; none if there is no file yet.
   *
   * @throws {LabError} `InvalidRequest` for a file that cannot be used, or that others may write.
   */
  async read(): Promise<StoredToken[]> {
    try {
      const version = await readIfThere(this.path);
      if (version === undefined) {
        if (this.#mark !== undefined) throw new Error("it was removed");
        return [];
      }
      if (await isWritableByOthers(this.path)) throw new Error("others may write it; allow its user only (chmod 600)");
      const { tokens } = parseKept(version.text, fileSchema);
      this.#mark = version.mark;
      return tokens;
    } catch (cause) {
      throw new LabError("InvalidRequest", `Cannot use the tokens in ${this.path}: ${messageOf(cause)}`, { cause });
    }
  }

  async write(tokens: readonly StoredToken[]): Promise<void> {
    await makePrivateFolder(this.#folder);
    await writePrivately(this.path, `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`);
    this.#mark = await markOf(this.path);
  }
}
