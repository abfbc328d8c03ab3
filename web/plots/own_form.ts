/// <reference lib="dom" />
import { html } from "htm/preact";
import { useId, useState } from "preact/hooks";
import { MAX_LINES } from "../chart/pen.ts";
import { Dialog } from "../page/dialog.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { WINDOWS } from "./drawing/spectrum.ts";
import { FUNCTION_NAMES, referenceTo } from "./own/formula.ts";
import { resolveFormula } from "./own/operands.ts";
import { OWN_KINDS, type OwnKind, type OwnLine, type OwnPlot, ownPlotsIn } from "./own/own_plot.ts";
import { keepOwnPlot } from "./own/own_plots.ts";

type Input = Event & { currentTarget: HTMLInputElement | HTMLSelectElement };

/** Puts a plot together, or changes one. */
export function OwnForm({ session, plot, onClose }: { session: PlotSession; plot?: OwnPlot; onClose: () => void }) {
  const references = [...session.feeds.values()].flatMap(({ deviceId, channels }) =>
    [...channels.values()].filter(({ kind }) => kind === "number").map(({ name }) => referenceTo(deviceId, name))
  );
  const [draft, setDraft] = useState<OwnPlot>(
    plot ?? { id: crypto.randomUUID?.() ?? `${Date.now()}`, title: "", kind: "time", lines: [{ formula: "" }] },
  );
  const [isSent, setSent] = useState(false);
  const list = useId();
  const change = (part: Partial<OwnPlot>) => setDraft({ ...draft, ...part });
  const changeLine = (i: number, part: Partial<OwnLine>) =>
    change({ lines: draft.lines.with(i, { ...draft.lines[i], ...part }) });
  const problemOf = (text: string) => {
    const found = isSent ? resolveFormula(text, session.feeds) : undefined;
    return typeof found === "string" ? found : undefined;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setSent(true);
    const texts = [...draft.kind === "xy" ? [draft.x ?? ""] : [], ...draft.lines.map(({ formula }) => formula)];
    if (texts.some((text) => typeof resolveFormula(text, session.feeds) === "string")) return;
    const [kept] = ownPlotsIn([draft]);
    if (kept) keepOwnPlot(kept);
    onClose();
  };
  const formula = (label: string, value: string, onInput: (text: string) => void) => {
    const problem = problemOf(value);
    return html`
      <label>
        ${label}
        <input type="text" list=${list} maxlength="500" autocomplete="off" spellcheck=${false} value=${value}
          aria-invalid=${problem !== undefined} onInput=${(event: Input) => onInput(event.currentTarget.value)} />
      </label>
      ${problem && html`<p class="bad" role="alert">${problem}</p>`}
    `;
  };
  return html`
    <${Dialog} title=${plot ? "Change the plot" : "Add a plot"} onClose=${onClose}>
      <form class="own-form" onSubmit=${submit} novalidate>
        <datalist id=${list}>${references.map((it) => html`<option key=${it} value=${it} />`)}</datalist>
        <label>Title <input type="text" maxlength="100" value=${draft.title} placeholder="the formulas, by default"
          onInput=${(event: Input) => change({ title: event.currentTarget.value })} /></label>
        <label>Kind <select value=${draft.kind} onChange=${(event: Input) =>
          change({ kind: event.currentTarget.value as OwnKind })}>${Object.entries(OWN_KINDS).map(([key, words]) =>
            html`<option key=${key} value=${key}>${words}</option>`
          )}</select></label>
        ${draft.kind === "spectrum" && html`
          <label>Window function <select value=${draft.window ?? "Hann"} onChange=${(event: Input) =>
            change({ window: event.currentTarget.value as OwnPlot["window"] })}>${Object.keys(WINDOWS).map((name) =>
              html`<option key=${name} value=${name}>${name}</option>`
            )}</select></label>
        `}
        ${draft.kind === "xy" && formula("Horizontal axis", draft.x ?? "", (x) => change({ x }))}
        ${draft.lines.map((line, i) =>
          html`
            <fieldset key=${i}>
              <legend>Line ${i + 1}</legend>
              ${formula("Channel or formula", line.formula, (formula) => changeLine(i, { formula }))}
              <div class="row">
                <label class="row">Unit <input type="text" size="6" maxlength="20" value=${line.unit ?? ""}
                  placeholder="auto" onInput=${(event: Input) =>
                    changeLine(i, { unit: event.currentTarget.value || undefined })} /></label>
                <label class="row">Axis <select value=${line.isRight ? "right" : "left"} onChange=${(event: Input) =>
                  changeLine(i, { isRight: event.currentTarget.value === "right" || undefined })}>
                  <option value="left">left</option>
                  <option value="right">right</option>
                </select></label>
                ${draft.lines.length > 1 && html`<button type="button" onClick=${() =>
                  change({ lines: draft.lines.toSpliced(i, 1) })}>Remove line ${i + 1}</button>`}
              </div>
            </fieldset>
          `
        )}
        ${draft.lines.length < MAX_LINES &&
          html`<p><button type="button" onClick=${() =>
            change({ lines: [...draft.lines, { formula: "" }] })}>Add a line</button></p>`}
        <p class="soft">A channel is its device's name, a point and its own name:${" "}
          <code>${references[0] ??
            "daq1.value"}</code>; in quotes, where a name has other characters than letters and digits. Formulas have${" "}
          <code>+ - * / % ^</code>, <code>pi</code>, <code>e</code>, and ${FUNCTION_NAMES.join(", ")}. Channels of other
          devices count by their line at the times of the first channel.</p>
        <div class="row">
          <button class="main">${plot ? "Change" : "Add"}</button>
          <button type="button" onClick=${onClose}>Cancel</button>
        </div>
      </form>
      <//>
  `;
}
