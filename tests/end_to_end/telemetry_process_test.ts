import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";
import { until } from "../support/until.ts";

/** The parts of a span that the test reads. */
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string } }[];
}

/** The parts of what an exporter sends, as OTLP has them in JSON. */
interface Exported {
  resourceSpans?: { scopeSpans: { spans: Span[] }[] }[];
  resourceMetrics?: { scopeMetrics: { metrics: { name: string }[] }[] }[];
}

/** Takes what an exporter of OpenTelemetry sends. */
class Receiver implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly metrics = new Set<string>();
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { resourceSpans = [], resourceMetrics = [] }: Exported = await request.json();
    this.spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans));
    for (const { metrics } of resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)) {
      for (const { name } of metrics) this.metrics.add(name);
    }
    return Response.json({});
  });

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}

Deno.test("with OTEL_DENO a trace leads from the request into the driver and back, and the metrics are exported", async () => {
  await using receiver = new Receiver();
  await using bench = await serveBench("devices: [{ id: daq1, driver: StreamingDAQ }]\n", {
    drivers: ["streaming_daq.ts"],
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
    },
  });
  await bench.ask("POST /devices/daq1/connect");
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const response = await fetch(`${bench.url}/devices/daq1/call`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent: `00-${trace}-b7ad6b7169203331-01` },
    body: JSON.stringify({ method: "set_high", args: [5] }),
  });
  equal(response.status, 200);
  await response.body?.cancel();

  const named = (name: string) => receiver.spans.find((span) => span.traceId === trace && span.name.startsWith(name));
  await until(
    "a span of each",
    () => Boolean(named("POST") && named("call set_high") && named("driver call set_high")),
  );
  const [request, call, work] = [named("POST")!, named("call set_high")!, named("driver call set_high")!];
  equal([request.parentSpanId, call.parentSpanId, work.parentSpanId], [
    "b7ad6b7169203331",
    request.spanId,
    call.spanId,
  ]);
  equal(call.attributes.find(({ key }) => key === "labdaemon.device_id")?.value.stringValue, "daq1");

  await until("the metric of calls is exported", () => receiver.metrics.has("labdaemon_device_call_duration_seconds"));
  for (const name of ["labdaemon_devices", "labdaemon_device_samples_total", "labdaemon_http_requests_total"]) {
    ok(receiver.metrics.has(name), name);
  }
});
