import { styleText } from "node:util";
import { printable } from "../../errors.ts";

/** A colour, or another way to stand out. */
export type Colour = "green" | "cyan" | "yellow" | "red" | "gray" | "bold";

/** Colours a text, and replaces its control characters. */
export type Paint = (text: string, colour?: Colour) => string;

/** A function that colours texts; without `colours` it only replaces control characters. */
export function paintWith(colours: boolean): Paint {
  return (text, colour) =>
    colours && colour ? styleText(colour, printable(text), { validateStream: false }) : printable(text);
}

/** The colours of the states. */
const COLOURS: Record<string, Colour> = {
  streaming: "green",
  connected: "cyan",
  connecting: "yellow",
  retrying: "yellow",
  faulted: "red",
};

/** The colour of a state. */
export function colourOf(state: string): Colour {
  return COLOURS[state] ?? "gray";
}
