import { Marked, type Token } from "marked";
import { type DocumentPage, type Documents, linkTarget } from "./documents.ts";

/** The text below a heading, for the search. */
export interface DocumentSection {
  /** The heading's anchor; empty for the beginning of the page. */
  id: string;
  heading: string;
  text: string;
}

/**
 * The HTML of a page. Its links lead to the pages of `/help`; those to sources, to their texts.
 *
 * @param up The relative address of `/help/`.
 */
export function renderPage(page: DocumentPage, documents: Documents, up: string): string {
  const addressOf = (href: string): string | undefined => {
    if (/^(?:[a-z]+:|#)/i.test(href)) return href;
    const [target, hash] = href.split("#");
    const path = linkTarget(page.path, target);
    const linked = path === undefined ? undefined : documents.pages.get(path);
    if (linked) return up + linked.slug + (hash ? `#${hash}` : "");
    return path !== undefined && documents.files.has(path) ? `${up}files/${path}` : undefined;
  };
  const marked = new Marked({ gfm: true });
  const tokens = marked.lexer(page.text);
  const anchors = anchorsOf(tokens);
  marked.use({
    renderer: {
      heading(token) {
        const id = anchors.get(token);
        return `<h${token.depth}${id ? ` id="${id}"` : ""}>${
          this.parser.parseInline(token.tokens)
        }</h${token.depth}>\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const address = addressOf(href);
        return address === undefined ? inner : `<a href="${escaped(address)}">${inner}</a>`;
      },
      image({ href, text }) {
        const address = addressOf(href);
        return address === undefined ? "" : `<img src="${escaped(address)}" alt="${escaped(text)}">`;
      },
      // A wide table or line scrolls by itself, also by the keyboard.
      table(token) {
        const row = (cells: typeof token.header, tag: string) =>
          `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("")}</tr>`;
        const rows = token.rows.map((cells) => row(cells, "td")).join("\n");
        const head = row(token.header, "th");
        return `<div class="wide" tabindex="0" role="group" aria-label="Table"><table><thead>${head}</thead><tbody>` +
          `${rows}</tbody></table></div>\n`;
      },
      code({ text }) {
        return `<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`;
      },
      html({ text }) {
        // The README shows its pictures so.
        return text.replaceAll(/src="([^"]+)"/g, (_, src) => `src="${escaped(addressOf(src) ?? "")}"`);
      },
    },
  });
  return marked.parser(tokens);
}

type Anchors = ReadonlyMap<Token, string>;

/** The anchors of all headings, as GitHub makes them. */
function anchorsOf(tokens: readonly Token[]): Anchors {
  const counts = new Map<string, number>();
  const anchors = new Map<Token, string>();
  for (const token of tokens) {
    if (token.type !== "heading") continue;
    const base = plain(token.text).toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-");
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    anchors.set(token, count === 0 ? base : `${base}-${count}`);
  }
  return anchors;
}

/** The text below each heading. */
export function sectionsOf(page: DocumentPage): DocumentSection[] {
  const tokens = new Marked({ gfm: true }).lexer(page.text);
  const anchors = anchorsOf(tokens);
  const sections = [{ id: "", heading: page.title, text: "" }];
  for (const token of tokens) {
    if (token.type !== "heading") sections.at(-1)!.text += `${plain(token.raw)} `;
    else if (token.depth > 1) sections.push({ id: anchors.get(token) ?? "", heading: plain(token.text), text: "" });
  }
  return sections;
}

/** Markdown without its marks. */
function plain(text: string): string {
  return text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[`*|#]+/g, " ").replaceAll(/[\s-]{2,}/g, " ")
    .trim();
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
