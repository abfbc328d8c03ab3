/// <reference lib="dom" />
import { effect } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chart } from "../chart/chart.ts";
import { sharedRanges } from "../chart/shared_ranges.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import type { PlotDrawing } from "./drawing/over_time.ts";
import { plotSettings } from "./drawing/plot_settings.ts";

/** Draws into a place as long as the component is on the page. `make` is called once, with the place. */
export function useDrawing(session: PlotSession, make: (element: HTMLElement) => PlotDrawing) {
  const place = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<Chart>();
  useLayoutEffect(() => {
    const element = place.current!;
    const { chart, resize, draw, next, end } = make(element);
    const leave = session.frames.add({ element, draw, next });
    const observer = new ResizeObserver(() => {
      resize(element.clientWidth, element.clientHeight);
      session.change();
    });
    observer.observe(element);
    // The scale that was chosen is drawn at once, also while the view is halted.
    const stop = effect(() => {
      void [plotSettings.value, sharedRanges.revision.value];
      session.frames.request();
    });
    setChart(chart);
    return () => {
      observer.disconnect();
      stop();
      leave();
      end();
    };
  }, []);
  return { place, chart };
}
