/// <reference lib="dom" />
import { html } from "htm/preact";
import type { Chart } from "../chart/chart.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { timeOfDay, withUnit } from "../words/quantities.ts";

/** The part of what is shown by which a key moves a cursor; with Shift, ten times as much. */
const STEP = 1 / 500;

/** The two cursors of a plot, which are dragged or moved by keys. All plots of the page have the same. */
export function Cursors({ session, chart }: { session: PlotSession; chart: Chart }) {
  void session.revision.value;
  const { view } = session;
  const cursors = view.cursors.value;
  if (!cursors) return null;
  const { from, to } = view.range;
  const perSecond = chart.pixels / (to - from);
  const drag = (which: 0 | 1) => (event: PointerEvent) => {
    if (!(event.buttons & 1)) return;
    const handle = event.currentTarget as HTMLElement;
    handle.setPointerCapture(event.pointerId);
    const box = handle.parentElement!.getBoundingClientRect();
    view.moveCursor(which, from + (event.clientX - box.left - chart.left) / perSecond);
    event.stopPropagation();
  };
  const onKey = (which: 0 | 1) => (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    view.moveCursor(which, cursors[which] + by * (to - from) * STEP * (event.shiftKey ? 10 : 1));
  };
  return cursors.map((time, i) => {
    const which = i as 0 | 1;
    if (time < from || time > to) return null;
    const name = which === 0 ? "A" : "B";
    return html`
      <div key=${name} class="cursor" role="slider" tabindex="0" aria-label="Cursor ${name}"
        aria-valuemin=${from} aria-valuemax=${to} aria-valuenow=${time} aria-valuetext=${timeOfDay(time * 1000)}
        style=${`left: ${chart.left + (time - from) * perSecond}px`}
        onPointerDown=${drag(which)} onPointerMove=${drag(which)} onKeyDown=${onKey(which)}><span>${name}</span></div>
    `;
  });
}

/** The times of the cursors and the distance between them. */
export function Measured({ cursors }: { cursors: readonly [number, number] }) {
  const distance = cursors[1] - cursors[0];
  return html`
    <span class="number measured">
      A ${preciseTime(cursors[0])}, B ${preciseTime(cursors[1])}: Δt ${withUnit(distance, "s", 6)},
      1/Δt ${distance === 0 ? "–" : withUnit(1 / distance, "Hz", 6)}
    </span>
  `;
}

function preciseTime(seconds: number): string {
  const millis = Math.round(seconds * 1000);
  return `${timeOfDay(millis)}.${String(millis % 1000).padStart(3, "0")}`;
}
