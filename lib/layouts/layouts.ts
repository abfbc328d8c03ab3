import { PrivateMap } from "../access/private_map.ts";
import { timestamp } from "../async/clock.ts";
import { LabError, shortened } from "../errors.ts";
import { type Layout, type LayoutInfo, layoutSchema, MAX_LAYOUT_BYTES, MAX_LAYOUTS } from "../wire/pages/layouts.ts";

/** The views of pages, by names that people gave. They are kept in the data folder, if there is one. */
export class Layouts {
  readonly #kept: PrivateMap<Layout>;

  /** @param folder The data folder; without one, layouts last as long as the daemon. */
  constructor(folder?: string) {
    this.#kept = new PrivateMap({ folder, noun: "layouts", schema: layoutSchema, keyOf: ({ name }) => name });
  }

  /**
   * All layouts by their names.
   *
   * @throws {LabError} `Unavailable`, if they cannot be read.
   */
  async list(): Promise<LayoutInfo[]> {
    const all = [...(await this.#kept.all()).values()];
    return all.map(({ layout: _, ...about }) => about).sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** @throws {LabError} `LayoutNotFound`, or `Unavailable`. */
  async get(name: string): Promise<Layout> {
    const found = (await this.#kept.all()).get(name);
    if (!found) throw notFound("open", name);
    return found;
  }

  /**
   * Saves a layout, in place of an earlier one of its name.
   *
   * @param by The name of the token that saves the layout.
   * @throws {LabError} `BodyTooLarge`, `InvalidRequest` where there are too many, or `Unavailable`.
   */
  save(name: string, layout: Layout["layout"], by: string): Promise<Layout> {
    const attempt = `Cannot save the layout "${shortened(name)}"`;
    const size = new TextEncoder().encode(JSON.stringify(layout)).length;
    if (size > MAX_LAYOUT_BYTES) {
      throw new LabError("BodyTooLarge", `${attempt}: it has ${size} bytes, and at most ${MAX_LAYOUT_BYTES} are kept`);
    }
    const saved = { name, saved_at: timestamp(), saved_by: by, layout };
    return this.#kept.change(attempt, (all) => {
      if (!all.has(name) && all.size >= MAX_LAYOUTS) {
        throw new LabError("InvalidRequest", `${attempt}: there are ${MAX_LAYOUTS} layouts; delete one`);
      }
      all.set(name, saved);
      return saved;
    });
  }

  /** @throws {LabError} `LayoutNotFound`, or `Unavailable`. */
  async delete(name: string): Promise<void> {
    await this.#kept.change(`Cannot delete the layout "${shortened(name)}"`, (all) => {
      if (!all.delete(name)) throw notFound("delete", name);
    });
  }
}

function notFound(verb: string, name: string): LabError {
  return new LabError("LayoutNotFound", `Cannot ${verb} the layout "${shortened(name)}": there is none of that name`);
}
