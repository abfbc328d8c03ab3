/// <reference lib="dom" />

import { dateAndTime, zone } from "../words/times.ts";
import { BYTE_ORDER_MARK } from "../../lib/format/csv.ts";

/** Saves a text as a CSV file for a spreadsheet, under a name with the date. */
export function download(name: string, text: string): void {
  saveFile(name, "csv", new Blob([BYTE_ORDER_MARK, text], { type: "text/csv" }));
}

/** Saves a file under a name with the date. */
export function saveFile(name: string, extension: string, content: Blob): void {
  const date = dateAndTime(Date.now()).replace(" ", "T").replaceAll(":", "-") + (zone.value === "UTC" ? "Z" : "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = `${name}-${date}.${extension}`.replaceAll(/[^\w.-]+/g, "_");
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
