/// <reference lib="dom" />
import { effect } from "@preact/signals";
import { route } from "../page/route.ts";
import { choices, chooseAll } from "../stream/chosen_channels.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { plotSettings } from "./drawing/plot_settings.ts";
import { isShown } from "./own/operands.ts";
import { ownPlots } from "./own/own_plots.ts";
import { readState, type ViewState } from "./view_state.ts";

/** The key in the address of a link, and in the browser's storage. */
export const LINK_KEY = "view";
const STORAGE_KEY = "labdaemon.view";

/**
 * Restores the view of the link or of the last visit, and saves each change of it until the returned function is
 * called. Removes the link's view from the address, because the person's changes then apply.
 */
export function keepView(session: PlotSession): () => void {
  const linked = route.peek().query.get(LINK_KEY);
  const address = addressWithout();
  const kept = readState(stored(localStorage, STORAGE_KEY));
  const state = linked ? readState(linked) : { ...kept, ...rangeOf(address) };
  chooseAll({ ...kept.channels, ...state.channels });
  plotSettings.value = { ...kept.plots, ...state.plots };
  const linkedIds = new Set(linked ? state.own.map(({ id }) => id) : []);
  ownPlots.value = [...kept.own.filter(({ id }) => !linkedIds.has(id)), ...linked ? state.own : []];
  session.view.restore(session.run ? { range: state.range } : state);
  if (linked) history.replaceState(history.state, "", address);
  let last = "";
  return effect(() => {
    void [session.beat.value, session.revision.value];
    const { range, span, ...choice } = stateOf(session);
    const text = JSON.stringify({ span, range, choice });
    if (text === last) return;
    last = text;
    store(localStorage, STORAGE_KEY, { ...choice, span: session.run ? kept.span : span });
    store(sessionStorage, `${STORAGE_KEY} ${address}`, { range });
  });
}

/** The address that opens the same view. */
export function linkTo(session: PlotSession): string {
  const text = JSON.stringify(viewOf(session));
  const address = addressWithout();
  const view = `${address}${address.includes("?") ? "&" : "?"}${LINK_KEY}=${encodeURIComponent(text)}`;
  return new URL(view, location.href).href;
}

/** The parts of the page's devices that are shown. */
export function viewOf(session: PlotSession): ViewState {
  const { channels, plots, own, ...times } = stateOf(session);
  const shown = own.filter((plot) => isShown(plot, session.feeds));
  const begins = [...session.feeds.keys(), ...shown.map(({ id }) => `own ${id}`)].map((name) => `${name} `);
  return {
    ...times,
    channels: Object.fromEntries(Object.entries(channels).filter(([id]) => session.feeds.has(id))),
    plots: Object.fromEntries(Object.entries(plots).filter(([key]) => begins.some((begin) => key.startsWith(begin)))),
    own: shown,
  };
}

function stateOf({ view }: PlotSession): ViewState {
  const { from, to } = view.range;
  return {
    span: view.span.value,
    ...view.isHalted.value && { range: [from, to] as [number, number] },
    channels: choices(),
    plots: plotSettings.value,
    own: ownPlots.value,
  };
}

/** The address within the page, without the view of a link. */
function addressWithout(): string {
  const [path, query] = location.hash.split("?");
  const others = new URLSearchParams(query);
  others.delete(LINK_KEY);
  return `${path}${others.size ? `?${others}` : ""}`;
}

function rangeOf(address: string): Pick<ViewState, "range"> {
  const { range } = readState(stored(sessionStorage, `${STORAGE_KEY} ${address}`));
  return { range };
}

function stored(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

function store(storage: Storage, key: string, value: unknown): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing, or no more: the view lasts as long as the page.
  }
}
