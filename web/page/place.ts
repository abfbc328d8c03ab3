/// <reference lib="dom" />

/** The scroll positions of the entries of the history, by their marks. The state of an entry is its mark. */
const places = new Map<string, number>();

/** The mark of the entry whose page is shown. After "back" the history has another one, until that page is rendered. */
let shown: string | undefined;
let marks = 0;

addEventListener("scroll", keepPlace, { passive: true });
// A click may lead to another page before the event of a scroll.
addEventListener("click", keepPlace, { capture: true });

/**
 * Scrolls to the beginning of a new page, or to the place where the person left a page to which "back" returns. The
 * browser restores that place, too, but not correctly if it does so before the page is rendered, because the page
 * before it may be shorter. After loading, the browser restores the place of the first page.
 */
export function restorePlace({ isFirst }: { isFirst: boolean }): void {
  const mark: string | null = history.state;
  shown = mark ?? `${performance.timeOrigin} ${++marks}`;
  if (mark === null) history.replaceState(shown, "");
  const place = mark === null ? 0 : places.get(mark);
  if (!isFirst && place !== undefined) scrollTo(0, place);
}

function keepPlace(): void {
  if (shown !== undefined && history.state === shown) places.set(shown, scrollY);
}
