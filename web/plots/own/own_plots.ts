import { signal } from "@preact/signals";
import { MAX_OWN_PLOTS, type OwnPlot } from "./own_plot.ts";

/** The plots that the person has put together. */
export const ownPlots = signal<readonly OwnPlot[]>([]);

/** Keeps a plot, in place of the one of its id. The oldest goes where there are too many. */
export function keepOwnPlot(plot: OwnPlot): void {
  const at = ownPlots.value.findIndex(({ id }) => id === plot.id);
  ownPlots.value = at < 0 ? [...ownPlots.value, plot].slice(-MAX_OWN_PLOTS) : ownPlots.value.with(at, plot);
}

/** Removes a plot from the page. */
export function removeOwnPlot(id: string): void {
  ownPlots.value = ownPlots.value.filter((plot) => plot.id !== id);
}

/** The keys under which the scales of a plot's axes are chosen. */
export function axisKeys({ id }: OwnPlot): { left: string; right: string } {
  return { left: `own ${id} left`, right: `own ${id} right` };
}
