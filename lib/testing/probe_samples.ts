import { type Driver, Lost } from "../driver/mod.ts";
import { messageOf } from "../errors.ts";
import { encodeJson } from "../stream/encode.ts";

/** What the samples were like. */
export interface SampleReport {
  count: number;
  /** The first that cannot be written down. */
  notSerializable: string | null;
  /** The first that is not what the driver says its samples are. */
  mismatch: string | null;
}

/** Looks at each sample as the driver yields it. */
export class SampleJudge {
  readonly #driver: Driver;
  #count = 0;
  #notSerializable: string | null = null;
  #mismatch: string | null = null;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  look(sample: unknown): void {
    if (sample instanceof Lost) return;
    const number = this.#count++;
    try {
      const travelled = JSON.parse(encodeJson(sample, this.#driver.arrays));
      this.#mismatch ??= this.#compare(sample, travelled, number);
    } catch (error) {
      this.#notSerializable ??= `sample ${number}: ${messageOf(error)}`;
    }
  }

  report(): SampleReport {
    return { count: this.#count, notSerializable: this.#notSerializable, mismatch: this.#mismatch };
  }

  /** A schema may speak of the sample as the driver yields it, or as readers see it: typed arrays are arrays there. */
  #compare(sample: unknown, travelled: unknown, number: number): string | null {
    const { sample: schema } = this.#driver;
    if (!schema) return null;
    const result = schema.safeParse(sample);
    if (result.success || schema.safeParse(travelled).success) return null;
    const issues = result.error.issues.map(({ path, message }) => [...path.map(String), message].join(": "));
    return `sample ${number}, ${JSON.stringify(travelled).slice(0, 100)}: ${issues.join("; ")}`;
  }
}
