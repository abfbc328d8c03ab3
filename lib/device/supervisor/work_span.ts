import { context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("labdaemon");

/**
 * A request to a driver as spans of OpenTelemetry: one from the request to the answer, and within it one for the
 * driver's own time. Does nothing without a provider.
 */
export class WorkSpan {
  readonly #name: string;
  readonly #startMs = Date.now();
  readonly #request: Span;
  #work: Span | undefined;

  /** @param name The name of the request: `call home`. */
  constructor(name: string, deviceId: unknown) {
    this.#name = name;
    const attributes = { "labdaemon.device_id": String(deviceId) };
    this.#request = tracer.startSpan(name, { startTime: this.#startMs, attributes });
  }

  /** The driver has begun: the request had waited for its turn. */
  begun(startTime = Date.now()): void {
    this.#work ??= tracer.startSpan(
      `driver ${this.#name}`,
      { startTime },
      trace.setSpan(context.active(), this.#request),
    );
  }

  ended(): void {
    // A process reports the begin only of what takes some milliseconds.
    this.begun(this.#startMs);
    this.#work?.end();
    this.#request.end();
  }

  failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    for (const span of [this.#work, this.#request]) {
      span?.setStatus({ code: SpanStatusCode.ERROR, message });
      span?.end();
    }
  }
}
