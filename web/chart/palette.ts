/// <reference lib="dom" />
/** The style sheet's colours for a canvas, which has no CSS variables and no colour scheme. */

import { effect } from "@preact/signals";
import { isDark } from "../page/scheme.ts";
import { MAX_LINES } from "./pen.ts";

const NAMES = ["ink", "soft", "line", "card", "warn", "bad"] as const;

/** Every colour under the name of its variable. */
export type Palette = Record<(typeof NAMES)[number], string> & { series: string[] };

let palette: Palette | undefined;
effect(() => {
  void isDark.value;
  palette = undefined;
});

/** The present colours. A switch to dark takes effect at the next drawing. */
export function currentPalette(): Palette {
  return palette ??= readPalette();
}

function readPalette(): Palette {
  const probe = document.body.appendChild(document.createElement("span"));
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const named = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<(typeof NAMES)[number], string>;
  const series = Array.from({ length: MAX_LINES }, (_, i) => read(`series-${i}`));
  probe.remove();
  return { ...named, series };
}
