/// <reference lib="dom" />
import { html } from "htm/preact";

/** One line of a plot: its name, and its points in the order of their arrival. */
export interface XYLine {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 56;
const BOTTOM = 28;
const TOP = 8;
const RIGHT = 12;

/** The ticks of an axis, at most. */
const MAX_TICKS = 6;

/** More points are drawn without their marks. */
const MAX_MARKS = 200;

/** The lines of a scan: each value of the rows over the first one, whose name is `x`. The last row of a step counts. */
export function linesOf(rows: readonly { step: string; data: unknown }[]): XYLine[] {
  const lines = new Map<string, [number, number][]>();
  const last = new Map(rows.map(({ step, data }) => [step, data]));
  for (const data of last.values()) {
    if (typeof data !== "object" || data === null) continue;
    const { x, ...values } = data as Record<string, unknown>;
    if (typeof x !== "number") continue;
    for (const [name, y] of Object.entries(values)) {
      if (typeof y !== "number") continue;
      if (!lines.has(name)) lines.set(name, []);
      lines.get(name)!.push([x, y]);
    }
  }
  return [...lines].map(([name, points]) => ({ name, points }));
}

/** Some lines over one x. The plot is an SVG in the page, so that it prints and scales with the page. */
export function XYPlot({ lines, x }: { lines: readonly XYLine[]; x: string }) {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return null;
  const across = axis(points.map(([x]) => x));
  const up = axis(points.map(([, y]) => y));
  const toX = (value: number) => LEFT + (value - across.from) / (across.to - across.from) * (WIDTH - LEFT - RIGHT);
  const toY = (value: number) => HEIGHT - BOTTOM - (value - up.from) / (up.to - up.from) * (HEIGHT - BOTTOM - TOP);
  const words = `${lines.map(({ name }) => name).join(", ")} over ${x}, ${points.length} points`;
  return html`
    <figure class="xy-plot">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${words}>
        ${across.ticks.map((at) =>
          html`
            <line class="grid" x1=${toX(at)} x2=${toX(at)} y1=${TOP} y2=${HEIGHT - BOTTOM} />
            <text x=${toX(at)} y=${HEIGHT - 10} text-anchor="middle">${shown(at, across.step)}</text>
          `
        )}
        ${up.ticks.map((at) =>
          html`
            <line class="grid" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${toY(at)} y2=${toY(at)} />
            <text x=${LEFT - 6} y=${toY(at) + 4} text-anchor="end">${shown(at, up.step)}</text>
          `
        )}
        ${lines.map(({ name, points }, i) =>
          html`
            <g key=${name} style="color: var(--series-${i % 8})">
              <polyline points=${points.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join(" ")} />
              ${points.length <= MAX_MARKS &&
                points.map(([x, y]) => html`<circle cx=${toX(x)} cy=${toY(y)} r="2.5" />`)}
            </g>
          `
        )}
      </svg>
      <figcaption>
        ${lines.map(({ name }, i) =>
          html`<span key=${name}><i style="background: var(--series-${i % 8})"></i> ${name}</span>`
        )}
        <span class="soft">over ${x}</span>
      </figcaption>
    </figure>
  `;
}

/** The range of an axis, which is not empty, and its ticks at round values. */
function axis(values: readonly number[]) {
  const [low, high] = values.reduce(([low, high], it) => [Math.min(low, it), Math.max(high, it)], [
    Infinity,
    -Infinity,
  ]);
  const pad = high > low ? (high - low) * .03 : Math.abs(high) * .1 || 1;
  const [from, to] = [low - pad, high + pad];
  const raw = (to - from) / MAX_TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((it) => it * power).find((it) => it >= raw)!;
  const first = Math.ceil(from / step);
  const ticks = Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step);
  return { from, to, step, ticks };
}

function shown(value: number, step: number): string {
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Math.abs(value) >= 1e6 || digits > 6 ? value.toExponential(1) : value.toFixed(digits);
}
