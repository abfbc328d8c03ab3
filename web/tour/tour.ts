/// <reference lib="dom" />
import { signal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";

/** The browser keeps under this key that a person has seen the tour. */
const KEY = "labdaemon-tour";

interface Step {
  title: string;
  text: string;
  /** The part of the page that it is about. */
  marks: string;
}

const STEPS: readonly Step[] = [
  {
    title: "The bench",
    text:
      "Each instrument has a tile with its newest values and the last minute as a curve. A tile with a red or amber edge " +
      "needs you, and says why. The button in its corner has its actions.",
    marks: ".tiles",
  },
  {
    title: "One instrument",
    text:
      "The name on a tile opens its page. There you set its values, call its methods, watch it live and read its log. " +
      "A value that you set is read back from the instrument.",
    marks: ".tile h2",
  },
  {
    title: "Plots and recordings",
    text:
      "Plots: pause, scroll back, measure with two cursors, export. Recordings: find an earlier run, compare it, export " +
      "it. Help explains the rest, also without a network.",
    marks: '.top nav a:is([href="#/plots"], [href="#/recordings"], [href="./help"])',
  },
];

/** The number of the step that is shown; `undefined` while there is no tour. */
const at = signal<number | undefined>(isSeen() ? undefined : 0);

/** Three steps for the first visit. It covers no control for long: one button ends it for good. */
export function Tour() {
  const step = at.value;
  useEffect(() => {
    if (step === undefined) return;
    const marked = document.querySelectorAll(STEPS[step].marks);
    for (const element of marked) element.setAttribute("data-toured", "");
    return () => {
      for (const element of marked) element.removeAttribute("data-toured");
    };
  }, [step]);
  if (step === undefined) return null;
  const { title, text } = STEPS[step];
  const isLast = step === STEPS.length - 1;
  return html`
    <aside class="tour card" aria-label="Tour">
      <h2>${title} <small>${step + 1} of ${STEPS.length}</small></h2>
      <p role="status">${text}</p>
      <div class="row">
        ${step > 0 && html`<button type="button" onClick=${() => at.value = step - 1}>Back</button>`}
        <button type="button" class="main" onClick=${() => isLast ? end() : at.value = step + 1}>${isLast
          ? "Done"
          : "Next"}</button>
        ${!isLast && html`<button type="button" onClick=${end}>Skip the tour</button>`}
      </div>
    </aside>
  `;
}

/** Shows the tour again. */
export function TourButton() {
  return html`<p><button type="button" onClick=${() => at.value = 0}>Show the tour</button></p>`;
}

function end(): void {
  at.value = undefined;
  try {
    localStorage.setItem(KEY, "seen");
  } catch {
    // A browser may refuse to keep anything: the tour then begins again at the next visit.
  }
}

function isSeen(): boolean {
  try {
    return localStorage.getItem(KEY) === "seen";
  } catch {
    return false;
  }
}
