import type { Run } from "../../stream/columns/run.ts";
import { timeTextOf } from "../../stream/columns/template.ts";

/** A sample of a run, as an event. Its text is made at its first use. */
export class ColumnSample {
  readonly device: string;
  readonly epoch: string;
  readonly event = "device_data";
  readonly run: Run;
  /** The place of the sample in the run. */
  readonly index: number;
  #data: string | undefined;

  constructor(device: string, epoch: string, run: Run, index: number) {
    this.device = device;
    this.epoch = epoch;
    this.run = run;
    this.index = index;
  }

  /** The data as JSON text, as they were streamed. */
  get data(): string {
    return this.#data ??= this.#makeData();
  }

  /** About the length of its text. */
  get chars(): number {
    return this.run.template.chars;
  }

  get sequence(): number {
    return this.run.first + this.index;
  }

  /** In microseconds since 1970. */
  get time(): number {
    return this.valueAt(TIME_SLOT);
  }

  /** The values at the places of the template behind the sequence numbers: each is written as it was streamed. NaN is null. */
  valueAt(slot: number): number {
    const { columns, at } = this.run;
    return columns[slot][at + this.index];
  }

  #makeData(): string {
    const { dataLiterals, slots } = this.run.template;
    let text = dataLiterals[0] + this.sequence;
    for (let slot = TIME_SLOT; slot < slots.length; slot++) {
      const value = this.valueAt(slot);
      text += dataLiterals[slot - 1];
      text += slots[slot] === "time" ? timeTextOf(value) : value === value ? value : "null";
    }
    return text + dataLiterals[slots.length - 1];
  }
}

/** The place of a sample's time in a template. */
export const TIME_SLOT = 2;
