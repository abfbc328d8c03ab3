/** A line of a chart: its name and its places. */
export interface ChartLine {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  /** The places on it that are marked by a ring. */
  marks?: readonly number[];
}

/** The texts of a chart. */
export interface ChartOptions {
  title: string;
  x: string;
  y: string;
}

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 78;
const RIGHT = 130;
const TOP = 44;
const BOTTOM = 52;

/** The colours of Okabe and Ito, distinct also for the colour-blind. Each line has its name at its end. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];

/** A line chart as SVG text, both axes logarithmic. Places that are not positive are left out. */
export function chart(lines: readonly ChartLine[], { title, x, y }: ChartOptions): string {
  const shown = lines.map(({ name, points, marks = [] }) => ({
    ...{ name, marks },
    points: points.filter((point) => point.every((v) => v > 0)),
  }));
  const axis = (index: 0 | 1, from: number, to: number) => {
    const logs = shown.flatMap(({ points }) => points.map((point) => Math.log10(point[index])));
    const low = Math.floor(Math.min(...logs));
    const high = Math.max(low + 1, Math.ceil(Math.max(...logs)));
    const decades = Array.from({ length: high - low + 1 }, (_, i) => low + i);
    const place = (value: number) => from + (Math.log10(value) - low) / (high - low) * (to - from);
    return { place, ticks: decades.map((decade) => ({ label: shortNumber(10 ** decade), at: place(10 ** decade) })) };
  };
  const [across, up] = [axis(0, LEFT, WIDTH - RIGHT), axis(1, HEIGHT - BOTTOM, TOP)];
  const names = spread(shown.map(({ points }) => up.place(points.at(-1)?.[1] ?? 1)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 24, title, `font-size="15" font-weight="bold"`),
    ...across.ticks.map(({ label, at }) =>
      rule(at, TOP, at, HEIGHT - BOTTOM) + text(at, HEIGHT - BOTTOM + 18, label, `text-anchor="middle"`)
    ),
    ...up.ticks.map(({ label, at }) =>
      rule(LEFT, at, WIDTH - RIGHT, at) + text(LEFT - 8, at + 4, label, `text-anchor="end"`)
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x, `text-anchor="middle"`),
    text(0, 0, y, `text-anchor="middle" transform="translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)"`),
    ...shown.map(({ name, points, marks }, i) => {
      const colour = COLOURS[i % COLOURS.length];
      const places = points.map((point) => [across.place(point[0]).toFixed(1), up.place(point[1]).toFixed(1)]);
      return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.join(" ")}"/>` +
        places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`).join("") +
        places.filter((_, j) => marks.includes(points[j][0])).map(([cx, cy]) =>
          `<circle cx="${cx}" cy="${cy}" r="8" fill="none" stroke="${colour}"/>`
        ).join("") +
        text(WIDTH - RIGHT + 8, names[i] + 4, name, `fill="${colour}" font-weight="bold"`);
    }),
    "</svg>\n",
  ].join("\n");
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${
    y2.toFixed(1)
  }" stroke="#ddd"/>`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${safe}</text>`;
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e3) return `${value / 1e3}k`;
  return String(Number(value.toPrecision(1)));
}

/** Moves heights apart that are too near to be read. */
function spread(heights: number[], apart = 15): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b]);
  const moved = [...heights];
  for (let i = 1; i < order.length; i++) {
    moved[order[i]] = Math.max(moved[order[i]], moved[order[i - 1]] + apart);
  }
  return moved;
}
