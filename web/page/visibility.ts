/// <reference lib="dom" />
import { signal } from "@preact/signals";

/** False while this tab is hidden: it then lets its streams go, since a browser opens six connections to one daemon. */
export const isVisible = signal(!document.hidden);

document.addEventListener("visibilitychange", () => isVisible.value = !document.hidden);
