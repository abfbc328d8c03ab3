/// <reference lib="dom" />
/** Dark or light: as the system, or as the person chose, which the browser keeps. */
import { computed, effect, signal } from "@preact/signals";
import { html } from "htm/preact";

/** The choices and their words; `/docs` and `/help` read the same key. */
const SCHEMES = { system: "as the system", light: "light", dark: "dark" } as const;

type Scheme = keyof typeof SCHEMES;

const KEY = "labdaemon-scheme";

const media = matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = signal(media.matches);
media.addEventListener("change", () => isSystemDark.value = media.matches);

const scheme = signal<Scheme>(keptScheme());

/** True while the page is dark. */
export const isDark = computed(() => scheme.value === "system" ? isSystemDark.value : scheme.value === "dark");

effect(() => {
  document.documentElement.style.colorScheme = scheme.value === "system" ? "" : scheme.value;
});

/** The choice between dark and light. */
export function SchemeChoice() {
  return html`
    <label class="scheme">Colours <select onChange=${(event: Event & { currentTarget: HTMLSelectElement }) =>
      choose(event.currentTarget.value as Scheme)}>${Object.entries(SCHEMES).map(([key, name]) =>
        html`<option key=${key} value=${key} selected=${key === scheme.value}>${name}</option>`
      )}</select></label>
  `;
}

function choose(chosen: Scheme): void {
  scheme.value = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // A browser may refuse to keep anything: the choice then lasts as long as the page.
  }
}

function keptScheme(): Scheme {
  try {
    const kept = localStorage.getItem(KEY) ?? "";
    return Object.hasOwn(SCHEMES, kept) ? kept as Scheme : "system";
  } catch {
    return "system";
  }
}
