import { styleText } from "node:util";
import { printable } from "../../errors.ts";

/** A colour, or another way to stand out. */
export type Colour = "green" | "cyan" | "yellow" | "red" | "gray" | "bold";

/** Text for a person's eyes: nothing in it commands the terminal but the colour. */
export type Paint = (text: string, colour?: Colour) => string;

/** Paints, or only cleans where no colour is wanted. */
export function paintWith(colours: boolean): Paint {
  return (text, colour) =>
    colours && colour ? styleText(colour, printable(text), { validateStream: false }) : printable(text);
}

/** What the states look like. */
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
