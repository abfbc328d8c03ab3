import { type BatchObservableResult, metrics, type Observable } from "@opentelemetry/api";
import type { MetricSample, MetricSink } from "./exposition.ts";

/**
 * Exports metrics by OpenTelemetry, until the returned function is called. Without a provider, which the variable
 * `OTEL_DENO=true` starts, nothing is called.
 *
 * @param expose Adds all metrics; called once at each export.
 */
export function exportMetrics(expose: (sink: MetricSink) => void): () => void {
  const meter = metrics.getMeter("labdaemon");
  const instruments = new Map<string, Observable>();
  expose({
    counter: (name, description) => void instruments.set(name, meter.createObservableCounter(name, { description })),
    gauge: (name, description) => void instruments.set(name, meter.createObservableGauge(name, { description })),
    // Not exported here: the runtime records the durations of requests, and each call its own.
    histogram: () => {},
  });
  const observe = (result: BatchObservableResult) => {
    const add = (name: string, _: string, samples: Iterable<MetricSample>) => {
      for (const [value, labels] of samples) result.observe(instruments.get(name)!, value, labels);
    };
    expose({ counter: add, gauge: add, histogram: () => {} });
  };
  const all = [...instruments.values()];
  meter.addBatchObservableCallback(observe, all);
  return () => meter.removeBatchObservableCallback(observe, all);
}
