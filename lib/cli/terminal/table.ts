import type { Colour, Paint } from "./paint.ts";

/** A text, or a coloured one. */
export type Cell = string | { text: string; colour: Colour };

/** Rows under their headings, in columns as wide as their widest cell. The last column is cut to the width. */
export function table(headings: string[], rows: Cell[][], paint: Paint, width = Infinity): string[] {
  const all: Cell[][] = [headings.map((text) => ({ text, colour: "bold" as const })), ...rows];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => [...textOf(row[i])].length)));
  return all.map((row) => {
    let used = 0;
    const cells = row.map((cell, i) => {
      const isLast = i === row.length - 1;
      const text = isLast ? cut(textOf(cell), Math.max(10, width - used)) : textOf(cell);
      used += widths[i] + 2;
      const padding = isLast ? "" : " ".repeat(widths[i] + 2 - [...text].length);
      return paint(text, typeof cell === "string" ? undefined : cell.colour) + padding;
    });
    return cells.join("").trimEnd();
  });
}

/** The part of a text that fits, with an ellipsis if it is cut. */
export function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length > width ? `${letters.slice(0, width - 1).join("")}…` : text;
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}
