/// <reference lib="dom" />
import type uPlot from "uplot";
import type { ChartOptions, Drawing, HorizontalAxis } from "./drawing.ts";
import { currentPalette } from "./palette.ts";
import type { ChartPicture } from "./svg.ts";

/** All that a chart shows, for a picture of it as a file. */
export function pictureOf(
  plot: uPlot,
  { from, to, lines, bands = [], marks = [], scale = {}, rightScale = {} }: Drawing,
  { title, names, lines: styles, xTitle }: {
    title: string;
    names: readonly string[];
    lines: ChartOptions["lines"];
    xTitle: HorizontalAxis["title"];
  },
): ChartPicture {
  const { series, ink, soft, line, card } = currentPalette();
  const ends = (key: "y" | "right") => ({ from: plot.scales[key].min!, to: plot.scales[key].max! });
  const [x, y, right] = plot.axes.map((axis) => {
    // uPlot keeps the marks that it has drawn, and their labels, without a type for them.
    const { _splits, _values } = axis as { _splits?: number[]; _values?: (string | null)[] };
    return (_splits ?? []).map((at, i) => ({ at, label: _values?.[i] ?? "" }));
  });
  const colorOf = (i: number) => series[styles[i].color];
  return {
    title,
    width: plot.width,
    height: plot.height,
    x: { from, to, marks: x, title: xTitle(from, to) },
    y: { ...ends("y"), marks: y, isInverted: scale.isInverted === true },
    ...right && { right: { ...ends("right"), marks: right, isInverted: rightScale.isInverted === true } },
    lines: styles.map(({ alpha = 1, isRight = false }, i) => ({
      name: names[i] ?? "",
      color: colorOf(i),
      alpha,
      isRight,
      parts: lines[i] ?? [],
    })),
    bands,
    marks: marks.map((of, i) => ({ color: colorOf(i), marks: of })).filter(({ marks }) => marks.length),
    colors: { ink, soft, line, card },
  };
}
