/** A command to the terminal, or one letter. */
const TOKENS = new RegExp(String.raw`${"\x1b"}\[([?\d;]*[A-Za-z])|[^]`, "gu");

/** A terminal that remembers: it understands what a program writes as far as this project's programs write it. */
export class RecordedScreen {
  readonly lines: string[] = [""];
  cursorShown = true;
  wraps = true;
  #row = 0;
  #column = 0;

  /** The lines without colours. */
  get text(): string {
    return this.lines.map((line) => line.trimEnd()).join("\n").trimEnd();
  }

  write(text: string): void {
    for (const [token, csi] of text.matchAll(TOKENS)) {
      if (csi) this.#command(csi);
      else if (token === "\r") this.#column = 0;
      else if (token === "\n") this.#down();
      else this.#put(token);
    }
  }

  #command(csi: string): void {
    const line = this.lines[this.#row];
    if (csi === "?25l" || csi === "?25h") this.cursorShown = csi.endsWith("h");
    else if (csi === "?7l" || csi === "?7h") this.wraps = csi.endsWith("h");
    else if (csi === "K") this.lines[this.#row] = [...line].slice(0, this.#column).join("");
    else if (csi === "J") this.lines.splice(this.#row, Infinity, [...line].slice(0, this.#column).join(""));
    else if (csi.endsWith("A")) this.#row = Math.max(0, this.#row - Number(csi.slice(0, -1)));
    else if (!csi.endsWith("m")) throw new Error(`this terminal does not know ${csi}`);
  }

  #down(): void {
    this.#column = 0;
    if (++this.#row === this.lines.length) this.lines.push("");
  }

  #put(letter: string): void {
    const letters = [...this.lines[this.#row].padEnd(this.#column)];
    letters[this.#column++] = letter;
    this.lines[this.#row] = letters.join("");
  }
}
