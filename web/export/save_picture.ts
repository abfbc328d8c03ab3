/// <reference lib="dom" />
import { currentPalette } from "../chart/palette.ts";
import { saveFile } from "./download.ts";

const ROOM = 12;
const LINE = 18;

/** Saves a canvas as a PNG file, with a title above and the names of its lines below. */
export function savePng(name: string, canvas: HTMLCanvasElement, lines: { name: string; color: string }[]): void {
  const ratio = devicePixelRatio;
  const { card, ink } = currentPalette();
  const picture = document.createElement("canvas");
  const head = (2 * ROOM + LINE) * ratio;
  picture.width = canvas.width + 2 * ROOM * ratio;
  picture.height = canvas.height + head + (lines.length * LINE + ROOM) * ratio;
  const ctx = picture.getContext("2d")!;
  ctx.fillStyle = card;
  ctx.fillRect(0, 0, picture.width, picture.height);
  ctx.drawImage(canvas, ROOM * ratio, head);
  ctx.scale(ratio, ratio);
  ctx.textBaseline = "middle";
  ctx.fillStyle = ink;
  ctx.font = "15px system-ui, sans-serif";
  ctx.fillText(name, ROOM, ROOM + LINE / 2);
  ctx.font = "12px system-ui, sans-serif";
  for (const [i, line] of lines.entries()) {
    const y = (canvas.height + head) / ratio + i * LINE + LINE / 2;
    ctx.fillStyle = line.color;
    ctx.fillRect(ROOM, y - 1.5, 20, 3);
    ctx.fillStyle = ink;
    ctx.fillText(line.name, ROOM + 28, y);
  }
  picture.toBlob((blob) => blob && saveFile(name, "png", blob));
}

/** Saves a picture that is text. */
export function saveSvg(name: string, svg: string): void {
  saveFile(name, "svg", new Blob([svg], { type: "image/svg+xml" }));
}
