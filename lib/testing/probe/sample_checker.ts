import { type Driver, Lost } from "../../driver/mod.ts";
import { messageOf } from "../../errors.ts";
import { jsonSchema } from "../../host/runtime/describe.ts";
import { expectedAndFound } from "../../format/expected.ts";
import { encodeJson } from "../../stream/encode.ts";
import { payloadsOf } from "../../stream/timed/timed_values.ts";
import { type WaveformForm, waveformForm } from "../../stream/timed/waveform_form.ts";

/** The result of a {@linkcode SampleChecker}. */
export interface SampleReport {
  count: number;
  /** The first sample that cannot be encoded as JSON. */
  notSerializable: string | null;
  /** The first sample that does not match the driver's schema. */
  mismatch: string | null;
}

/** Checks each sample as the driver yields it. */
export class SampleChecker {
  readonly #driver: Driver;
  readonly #waveforms: WaveformForm | undefined;
  #count = 0;
  #notSerializable: string | null = null;
  #mismatch: string | null = null;

  constructor(driver: Driver) {
    this.#driver = driver;
    this.#waveforms = driver.sample && waveformForm(jsonSchema(driver.sample));
  }

  check(yielded: unknown): void {
    if (yielded instanceof Lost) return;
    for (const sample of payloadsOf(yielded, this.#waveforms)) this.#checkSample(sample);
  }

  #checkSample(sample: unknown): void {
    const number = this.#count++;
    try {
      const encoded = JSON.parse(encodeJson(sample, this.#driver.arrays));
      this.#mismatch ??= this.#compare(sample, encoded, number);
    } catch (error) {
      this.#notSerializable ??= `sample ${number}: ${messageOf(error)}`;
    }
  }

  report(): SampleReport {
    return { count: this.#count, notSerializable: this.#notSerializable, mismatch: this.#mismatch };
  }

  /** A schema may describe the sample as yielded, or as readers get it, with arrays instead of typed arrays. */
  #compare(sample: unknown, encoded: unknown, number: number): string | null {
    const { sample: schema } = this.#driver;
    if (!schema) return null;
    const result = schema.safeParse(sample, { error: expectedAndFound });
    if (result.success || schema.safeParse(encoded).success) return null;
    const issues = result.error.issues.map(({ path, message }) => [...path.map(String), message].join(": "));
    return `sample ${number}, ${JSON.stringify(encoded).slice(0, 100)}: ${issues.join("; ")}`;
  }
}
