import type { Mark } from "./draw_marks.ts";
import { type Line, strokeLine } from "./pen.ts";
import type { Band } from "./draw_bands.ts";

interface VerticalAxis {
  from: number;
  to: number;
  marks: { at: number; label: string }[];
  /** True if the larger numbers are below. */
  isInverted: boolean;
}

/** Everything that a chart shows, for a picture of it as text. */
export interface ChartPicture {
  title: string;
  width: number;
  height: number;
  x: { from: number; to: number; marks: { at: number; label: string }[]; title: string };
  y: VerticalAxis;
  /** The axis at the right; absent where there is none. */
  right?: VerticalAxis;
  lines: { name: string; color: string; alpha: number; isRight?: boolean; parts: readonly Line[] }[];
  bands: readonly Band[];
  marks: readonly { color: string; marks: readonly Mark[] }[];
  colors: { ink: string; soft: string; line: string; card: string };
}

const LEFT = 84;
const RIGHT = 48;
const RIGHT_AXIS = 84;
const TOP = 40;
const BOTTOM = 56;
const ROW = 18;

/** A chart as an SVG file, with its names, units, times and marks as texts. */
export function toSvg(picture: ChartPicture): string {
  const { title, x, y, right, lines, bands, marks, colors } = picture;
  const named = lines.filter(({ name }) => name);
  const [width, height] = [picture.width, picture.height + named.length * ROW];
  const box = { w: width - LEFT - (right ? RIGHT_AXIS : RIGHT), h: picture.height - TOP - BOTTOM };
  const toX = (value: number) => LEFT + (value - x.from) / (x.to - x.from) * box.w;
  const onAxis = ({ from, to, isInverted }: VerticalAxis) => (value: number) => {
    const part = (value - from) / (to - from) * box.h;
    return isInverted ? TOP + part : TOP + box.h - part;
  };
  const toY = onAxis(y);
  const toRight = onAxis(right ?? y);
  const text = (words: string, at: [number, number], more = "") =>
    `<text x="${short(at[0])}" y="${short(at[1])}" ${more}>${escaped(words)}</text>`;
  const rule = (x1: number, y1: number, x2: number, y2: number) =>
    `<path d="M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}" stroke="${colors.line}"/>`;
  const body = [
    `<rect width="${width}" height="${height}" fill="${colors.card}"/>`,
    text(title, [LEFT, 24], `fill="${colors.ink}" font-size="15"`),
    ...x.marks.flatMap(({ at, label }) => [
      rule(toX(at), TOP, toX(at), TOP + box.h),
      text(label, [toX(at), TOP + box.h + 18], `text-anchor="middle"`),
    ]),
    ...y.marks.flatMap(({ at, label }) => [
      rule(LEFT, toY(at), LEFT + box.w, toY(at)),
      text(label, [LEFT - 8, toY(at) + 4], `text-anchor="end"`),
    ]),
    ...right?.marks.map(({ at, label }) => text(label, [LEFT + box.w + 8, toRight(at) + 4])) ?? [],
    text(x.title, [LEFT + box.w / 2, TOP + box.h + 38], `text-anchor="middle"`),
    `<g clip-path="url(#box)">`,
    ...bands.map(({ from, to, word }) => {
      const [left, right] = [Math.max(LEFT, toX(from)), Math.min(LEFT + box.w, toX(to))];
      const wide = short(Math.max(2, right - left));
      return `<rect x="${
        short(left)
      }" y="${TOP}" width="${wide}" height="${box.h}" fill="${colors.soft}" opacity="0.2"/>` +
        text(word, [left + 4, TOP + 14]);
    }),
    ...lines.map(({ color, alpha, isRight, parts }) =>
      `<path d="${
        pathOf(parts, toX, isRight ? toRight : toY)
      }" fill="none" stroke="${color}" stroke-width="1.5" opacity="${alpha}"/>`
    ),
    ...marks.flatMap(({ color, marks }, row) =>
      marks.map(({ from, to, word }) => {
        const wide = short(Math.max(4, toX(to) - toX(from)));
        return `<rect x="${short(toX(from))}" y="${TOP + row * ROW}" width="${wide}" height="4" fill="${color}"/>` +
          text(word, [toX(from) + 2, TOP + row * ROW + 15]);
      })
    ),
    `</g>`,
    ...named.flatMap(({ name, color }, i) => {
      const at = picture.height - 6 + i * ROW;
      return [
        `<path d="M${LEFT} ${at - 4}h20" stroke="${color}" stroke-width="3"/>`,
        text(name, [LEFT + 28, at], `fill="${colors.ink}"`),
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="${colors.soft}">` +
    `<clipPath id="box"><rect x="${LEFT}" y="${TOP}" width="${box.w}" height="${box.h}"/></clipPath>` +
    `${body.join("\n")}</svg>\n`;
}

function pathOf(parts: readonly Line[], toX: (x: number) => number, toY: (y: number) => number): string {
  const path: string[] = [];
  const pen = {
    moveTo: (x: number, y: number) => void path.push(`M${short(x)} ${short(y)}`),
    lineTo: (x: number, y: number) => void path.push(`L${short(x)} ${short(y)}`),
  };
  for (const line of parts) strokeLine(pen, line, toX, toY);
  return path.join("");
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  // deno-lint-ignore no-control-regex -- XML has no characters for these
  const clean = text.replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "�");
  return clean.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
