import type MiniSearch from "minisearch";
import { delay } from "../../async/mod.ts";
import type { DocumentPage } from "./documents.ts";
import type { DocumentSection } from "./render.ts";

/** A section that was found. */
export interface FoundSection extends DocumentSection {
  /** Below `/help/`. */
  address: string;
  /** The title of its page. */
  page: string;
}

/** The search in all pages. Its index is made at the first search, page by page: the streams do not wait for it. */
export class HelpSearch {
  readonly #pages: readonly DocumentPage[];
  #index: Promise<{ index: MiniSearch; sections: FoundSection[] }> | undefined;

  constructor(pages: readonly DocumentPage[]) {
    this.#pages = pages;
  }

  /** The sections that have all words, the best first. Words may be begun, or misspelt by a letter. */
  async find(words: string): Promise<FoundSection[]> {
    const { index, sections } = await (this.#index ??= this.#build());
    const found = index.search(words, {
      prefix: true,
      fuzzy: 0.15,
      combineWith: "AND",
      boost: { heading: 3, page: 2 },
    });
    return found.map(({ id }) => sections[id]);
  }

  async #build(): Promise<{ index: MiniSearch; sections: FoundSection[] }> {
    const [{ default: MiniSearch }, { sectionsOf }] = await Promise.all([import("minisearch"), import("./render.ts")]);
    const index = new MiniSearch({ fields: ["page", "heading", "text"] });
    const sections: FoundSection[] = [];
    for (const page of this.#pages) {
      for (const section of sectionsOf(page)) {
        const address = section.id ? `${page.slug}#${section.id}` : page.slug;
        index.add({ ...section, id: sections.length, page: page.title });
        sections.push({ ...section, address, page: page.title });
      }
      await delay(0);
    }
    return { index, sections };
  }
}
