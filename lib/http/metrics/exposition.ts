import { DURATION_BOUNDS, type DurationHistogram } from "../../async/duration_histogram.ts";

/** The names and values of a sample's labels. */
export type Labels = Readonly<Record<string, string>>;

/** A value, and its labels. */
export type MetricSample = readonly [value: number, labels?: Labels];

/** The receiver of metrics. */
export interface MetricSink {
  /** Adds a value that only grows. Its name ends in `_total`. */
  counter(name: string, help: string, samples: Iterable<MetricSample>): void;
  /** Adds a value that grows and shrinks. */
  gauge(name: string, help: string, samples: Iterable<MetricSample>): void;
  /** Adds distributions of durations, in seconds. */
  histogram(name: string, help: string, histograms: Iterable<readonly [DurationHistogram, Labels?]>): void;
}

/**
 * Metrics as text, in the format that Prometheus reads (version 0.0.4).
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class Exposition implements MetricSink {
  readonly #lines: string[] = [];

  counter(name: string, help: string, samples: Iterable<MetricSample>): void {
    this.#metric("counter", name, help, samples);
  }

  gauge(name: string, help: string, samples: Iterable<MetricSample>): void {
    this.#metric("gauge", name, help, samples);
  }

  histogram(name: string, help: string, histograms: Iterable<readonly [DurationHistogram, Labels?]>): void {
    const lines: string[] = [];
    for (const [{ counts, count, sum }, labels = {}] of histograms) {
      let below = 0;
      for (const [index, bound] of DURATION_BOUNDS.entries()) {
        below += counts[index];
        lines.push(line(`${name}_bucket`, below, { ...labels, le: String(bound) }));
      }
      lines.push(
        line(`${name}_bucket`, count, { ...labels, le: "+Inf" }),
        line(`${name}_sum`, sum, labels),
        line(`${name}_count`, count, labels),
      );
    }
    this.#add("histogram", name, help, lines);
  }

  toString(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  #metric(type: string, name: string, help: string, samples: Iterable<MetricSample>): void {
    this.#add(type, name, help, Array.from(samples, ([value, labels = {}]) => line(name, value, labels)));
  }

  #add(type: string, name: string, help: string, lines: string[]): void {
    if (lines.length) this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines);
  }
}

function line(name: string, value: number, labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`).join(",");
  return `${name}${pairs && `{${pairs}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => character === "\n" ? "\\n" : `\\${character}`);
}
