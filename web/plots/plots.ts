/// <reference lib="dom" />
import { html } from "htm/preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { isChosen, needed, needsAll } from "../stream/chosen_channels.ts";
import { ChannelChoice } from "./channel_choice.ts";
import { plotsOf } from "./drawing/plots_of.ts";
import type { Feed } from "../stream/feed.ts";
import { GapList } from "./gap_list.ts";
import { settingsOf } from "./drawing/plot_settings.ts";
import { keepView } from "./keep_view.ts";
import { NoPlot } from "./no_plot.ts";
import { lineUnit } from "./own/lines_of_plot.ts";
import type { OwnPlot } from "./own/own_plot.ts";
import { needsOf } from "./own/operands.ts";
import { namesOf } from "./own/own_drawing.ts";
import { ownPlots } from "./own/own_plots.ts";
import { OwnCard } from "./own_card.ts";
import { PlotCard } from "./plot_card.ts";
import { useHeldBack } from "../bench/held_back.ts";
import { schemaOf } from "../bench/sample_schema.ts";
import { PlotSession } from "../stream/plot_session.ts";
import type { RecordedRun } from "../stream/page_past.ts";
import { Toolbar } from "./toolbar.ts";
import { WordsCard } from "./words_card.ts";

/** The width beside the lines of a plot in pixels: the axis, and the padding of its card. */
const MARGIN = 126;

/**
 * Live plots of these devices over one connection, which closes with the plots; or those of a recording. `withId` names the
 * recording to compare with.
 */
export function Plots({ deviceIds, run, withId }: { deviceIds: string[]; run?: RecordedRun; withId?: string }) {
  const session = useMemo(() => new PlotSession(run), []);
  const place = useRef<HTMLElement>(null);
  const ids = deviceIds.join(",");

  useLayoutEffect(() => {
    session.choose(ids ? ids.split(",") : []);
  }, [ids]);

  // Not `useEffect`, whose end comes after the next paint: by then the place is gone, and has been measured.
  useLayoutEffect(() => {
    const measure = () => session.setPixels(plotWidth(place.current!));
    const observer = new ResizeObserver(measure);
    observer.observe(place.current!);
    measure();
    const stopKeeping = keepView(session);
    session.open();
    return () => {
      stopKeeping();
      observer.disconnect();
      session.close();
    };
  }, []);

  useHeldBack(session.stream.first.isLate);
  void session.revision.value;
  const feeds = [...session.feeds.values()];
  const own = useOwnPlots(session);
  return html`
    <section class="plots" aria-label=${run ? "Plots of the recording" : "Live plots"}>
      <${Toolbar} session=${session} withId=${withId} />
      ${own.hidden.map(({ id, title, missing }) =>
        html`
          <p key=${id}
            class="soft">The plot “${title}” is not shown: ${missing.join(", ")} ${missing.length === 1
              ? "is"
              : "are"} of devices that are not chosen.</p>
        `
      )}
      <div class="plot-grid" ref=${place}>${own.shown.map((plot) =>
        html`<${OwnCard} key=${keyOf(plot, session)} session=${session} plot=${plot} />`
      )}${feeds.map((feed) => html`<${DevicePlots} key=${feed.deviceId} session=${session} feed=${feed} />`)}</div>
      <div class="channel-choices">
        ${feeds.map((feed) => html`<${ChannelChoice} key=${feed.deviceId} session=${session} feed=${feed} />`)}
      </div>
      <${GapList} session=${session} />
    </section>
  `;
}

/**
 * The plots that the person has put together, as far as their devices are on the page. The stream gets the channels
 * that they need.
 */
function useOwnPlots(session: PlotSession) {
  const own = ownPlots.value.map((plot) => ({ plot, ...needsOf(plot, session.feeds) }));
  const shown = own.filter(({ missing, devices }) => !missing.length && devices.size);
  const hidden = own.filter(({ missing, devices }) => missing.length && devices.size)
    .map(({ plot, missing }) => ({ id: plot.id, title: plot.title || namesOf(plot), missing }));
  useLayoutEffect(() => {
    const channels = new Map<string, Set<string>>();
    for (const { devices } of shown) {
      for (const [id, names] of devices) channels.set(id, new Set([...channels.get(id) ?? [], ...names]));
    }
    needed.value = channels;
    needsAll.value = shown.some(({ plot }) => plot.kind === "spectrum");
  });
  return { shown: shown.map(({ plot }) => plot), hidden };
}

/** A plot with other formulas or units is another one. */
function keyOf(plot: OwnPlot, session: PlotSession): string {
  const units = [{ formula: plot.x ?? "" }, ...plot.lines].map((line) => lineUnit(line, session));
  return JSON.stringify([plot, units]);
}

function DevicePlots({ session, feed }: { session: PlotSession; feed: Feed }) {
  void session.revision.value;
  const schema = schemaOf(feed.deviceId);
  const channels = [...feed.channels.values()];
  const plots = plotsOf(feed.deviceId, channels, schema, (name) => isChosen(feed, name));
  const words = channels.filter(({ kind }) => kind === "word");
  const isEmpty = !plots.length && feed.newest !== undefined;
  // Before the first sample an empty plot shows the device's states.
  if (!plots.length && !isEmpty) {
    plots.push({ key: `${feed.deviceId} nothing`, title: "", unit: "", kind: "number", names: [], colors: [] });
  }
  return html`
    ${isEmpty && html`<${NoPlot} session=${session} feed=${feed} />`}
    ${plots.map((plot) =>
      html`<${PlotCard} key=${`${plot.key} ${plot.unit} ${plot.names} ${
        settingsOf(plot.key).isHeatMap
      }`} session=${session} feed=${feed} plot=${plot} />`
    )}
    ${words.length > 0 && html`<${WordsCard} session=${session} feed=${feed} channels=${words} />`}
  `;
}

/** The width of the lines of a plot in this grid, in pixels. */
function plotWidth(grid: HTMLElement): number {
  return Math.max(100, parseFloat(getComputedStyle(grid).gridTemplateColumns) - MARGIN);
}
