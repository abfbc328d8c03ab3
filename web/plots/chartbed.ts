/// <reference lib="dom" />
import { html } from "htm/preact";
import type { ComponentChildren, RefObject } from "preact";
import type { PlotSession } from "../stream/plot_session.ts";

/** The place of a chart. The chart over time handles the keys that move all plots. */
export function Chartbed({ session, title, place, isOverTime, children }: {
  session: PlotSession;
  title: string;
  place: RefObject<HTMLDivElement>;
  isOverTime: boolean;
  children?: ComponentChildren;
}) {
  const { view } = session;
  const keys: Record<string, () => void> = {
    ArrowLeft: () => view.move(-0.25),
    ArrowRight: () => view.move(0.25),
    PageUp: () => view.move(-1),
    PageDown: () => view.move(1),
    "+": () => view.zoomBy(0.5),
    "-": () => view.zoomBy(2),
    Escape: () => view.follow(),
    " ": () => view.isHalted.value ? view.follow() : view.halt(),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  };
  if (!isOverTime) return html`<div class="chart" ref=${place} role="img" aria-label=${`Plot of ${title}`}></div>`;
  return html`
    <div
      class="chartbed"
      tabindex="0"
      role="group"
      aria-label=${`${title}: arrow and page keys move, plus and minus zoom, space halts, escape shows live samples`}
      onKeyDown=${onKeyDown}
    >
      <div class="chart" ref=${place} role="img" aria-label=${`Plot of ${title}`}></div>
      ${children}
    </div>
  `;
}
