import { join } from "node:path";
import { z } from "zod";
import { answered, makePrivateFolder, readIfThere, writePrivately } from "../access/private_file.ts";
import { timestamp } from "../async/clock.ts";
import { LabError, messageOf, shortened } from "../errors.ts";
import { type Layout, type LayoutInfo, layoutSchema, MAX_LAYOUT_BYTES, MAX_LAYOUTS } from "../wire/pages/layouts.ts";

const fileSchema = z.object({ version: z.literal(1), layouts: z.array(layoutSchema) });

/** The layouts of pages, by names that people gave. They are kept in the data folder, if there is one. */
export class Layouts {
  readonly #folder: string | undefined;
  #kept: Promise<Map<string, Layout>> | undefined;
  /** The end of the newest change: one at a time. */
  #changed: Promise<unknown> = Promise.resolve();

  /** @param folder The data folder; without one, layouts last as long as the daemon. */
  constructor(folder?: string) {
    this.#folder = folder;
  }

  /**
   * All layouts by their names.
   *
   * @throws {LabError} `Unavailable`, if they cannot be read.
   */
  async list(): Promise<LayoutInfo[]> {
    const all = [...(await this.#all()).values()];
    return all.map(({ layout: _, ...about }) => about).sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** @throws {LabError} `LayoutNotFound`, or `Unavailable`. */
  async get(name: string): Promise<Layout> {
    const found = (await this.#all()).get(name);
    if (!found) throw notFound("open", name);
    return found;
  }

  /**
   * Keeps a layout in place of the one of its name.
   *
   * @param by The name of the token of who saves it.
   * @throws {LabError} `BodyTooLarge`, `InvalidRequest` where there are too many, or `Unavailable`.
   */
  save(name: string, layout: Layout["layout"], by: string): Promise<Layout> {
    const attempt = `Cannot save the layout "${shortened(name)}"`;
    const size = new TextEncoder().encode(JSON.stringify(layout)).length;
    if (size > MAX_LAYOUT_BYTES) {
      throw new LabError("BodyTooLarge", `${attempt}: it has ${size} bytes, and at most ${MAX_LAYOUT_BYTES} are kept`);
    }
    const saved = { name, saved_at: timestamp(), saved_by: by, layout };
    return this.#change(attempt, (all) => {
      if (!all.has(name) && all.size >= MAX_LAYOUTS) {
        throw new LabError("InvalidRequest", `${attempt}: there are ${MAX_LAYOUTS} layouts; delete one`);
      }
      all.set(name, saved);
      return saved;
    });
  }

  /** @throws {LabError} `LayoutNotFound`, or `Unavailable`. */
  async delete(name: string): Promise<void> {
    await this.#change(`Cannot delete the layout "${shortened(name)}"`, (all) => {
      if (!all.delete(name)) throw notFound("delete", name);
    });
  }

  /** Changes a copy, which counts as soon as it is written. */
  #change<T>(attempt: string, change: (all: Map<string, Layout>) => T): Promise<T> {
    const changed = this.#changed.catch(() => {}).then(async () => {
      const all = new Map(await this.#all());
      const result = change(all);
      await this.#write(all, attempt);
      this.#kept = Promise.resolve(all);
      return result;
    });
    this.#changed = changed;
    return changed;
  }

  /** The layouts; they are read at the first look, and again after a failure. */
  async #all(): Promise<Map<string, Layout>> {
    const reading = this.#kept ??= this.#read();
    try {
      return await answered(() => reading, "Cannot read the layouts");
    } catch (error) {
      if (this.#kept === reading) this.#kept = undefined;
      throw error;
    }
  }

  async #read(): Promise<Map<string, Layout>> {
    const path = this.#path;
    if (path === undefined) return new Map();
    try {
      const version = await readIfThere(path);
      const layouts = version ? fileSchema.parse(JSON.parse(version.text)).layouts : [];
      return new Map(layouts.map((layout) => [layout.name, layout]));
    } catch (cause) {
      throw new LabError("Unavailable", `Cannot read the layouts in ${path}: ${messageOf(cause)}`, { cause });
    }
  }

  async #write(all: ReadonlyMap<string, Layout>, attempt: string): Promise<void> {
    const [folder, path] = [this.#folder, this.#path];
    if (folder === undefined || path === undefined) return;
    const text = JSON.stringify({ version: 1, layouts: [...all.values()] }, null, 1);
    try {
      await answered(async () => {
        await makePrivateFolder(folder);
        await writePrivately(path, `${text}\n`);
      }, attempt);
    } catch (cause) {
      if (cause instanceof LabError) throw cause;
      throw new LabError("Unavailable", `${attempt}: ${path} cannot be written: ${messageOf(cause)}`, { cause });
    }
  }

  get #path(): string | undefined {
    return this.#folder === undefined ? undefined : join(this.#folder, "layouts.json");
  }
}

function notFound(verb: string, name: string): LabError {
  return new LabError("LayoutNotFound", `Cannot ${verb} the layout "${shortened(name)}": there is none of that name`);
}
