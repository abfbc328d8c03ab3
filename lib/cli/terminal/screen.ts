import type { Outlet } from "./outlet.ts";

const [HIDE_CURSOR, SHOW_CURSOR] = ["\x1b[?25l", "\x1b[?25h"];
/** The terminal cuts a line that is too long, so that each line of a picture is one line on the screen. */
const [NO_WRAP, WRAP] = ["\x1b[?7l", "\x1b[?7h"];
const [CLEAR_TO_LINE_END, CLEAR_BELOW] = ["\x1b[K", "\x1b[J"];

/** Draws pictures over each other from the cursor on. Disposal restores the terminal, below the last picture. */
export class Screen implements AsyncDisposable {
  readonly #out: Outlet;
  #height = 0;

  private constructor(out: Outlet) {
    this.#out = out;
  }

  static async open(out: Outlet): Promise<Screen> {
    await out.write(HIDE_CURSOR + NO_WRAP);
    return new Screen(out);
  }

  /** Draws a picture over the last one. The picture must fit the height of the terminal. */
  async draw(lines: string[]): Promise<void> {
    const up = this.#height ? `\x1b[${this.#height}A` : "";
    this.#height = lines.length;
    await this.#out.write(`\r${up}${lines.map((line) => `${line}${CLEAR_TO_LINE_END}\n`).join("")}${CLEAR_BELOW}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#out.write(WRAP + SHOW_CURSOR);
  }
}
