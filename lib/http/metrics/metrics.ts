import process from "node:process";
import { Hono, type MiddlewareHandler } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import type { Recordings } from "../../recording/recordings.ts";
import { exposeBench } from "./bench_metrics.ts";
import { Exposition, type MetricSample, type MetricSink } from "./exposition.ts";
import { HttpCounts } from "./http_counts.ts";
import { LoopDelay } from "./loop_delay.ts";
import { exportMetrics } from "./otel_metrics.ts";
import { exposeRecordings } from "./recording_metrics.ts";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The connections of clients that are open, and how many there may be. */
export interface ConnectionCounts {
  readonly count: number;
  /** The connections of the client with the most. */
  readonly countOfClient: number;
  readonly limits: { readonly all: number; readonly ofClient: number };
}

/** The sources that {@linkcode Metrics} reads besides the daemon. */
export interface MetricsOptions {
  version: string;
  /** The number of streams that are open now. */
  openStreams: () => number;
  connections?: ConnectionCounts;
  recordings?: Recordings;
}

/** The metrics of a daemon, made at each request from what is counted anyway. */
export class Metrics {
  readonly #daemon: LabDaemon;
  readonly #options: MetricsOptions;
  readonly #http = new HttpCounts();
  readonly #loopDelay = new LoopDelay();
  readonly #endExport: () => void;

  constructor(daemon: LabDaemon, options: MetricsOptions) {
    this.#daemon = daemon;
    this.#options = options;
    this.#endExport = exportMetrics((sink) => this.#expose(sink));
  }

  /** Counts the requests. */
  middleware(): MiddlewareHandler {
    return this.#http.middleware();
  }

  /** `GET /metrics`. */
  routes(): Hono {
    return new Hono().get("/", (c) => c.body(this.text(), 200, { "Content-Type": CONTENT_TYPE }));
  }

  /** All metrics, in the text format of Prometheus. */
  text(): string {
    const text = new Exposition();
    this.#expose(text);
    return text.toString();
  }

  /** Ends the background work. */
  close(): void {
    this.#loopDelay.stop();
    this.#endExport();
  }

  /** Measured when it is read: a sink may want the name alone. */
  *#delay(): Generator<MetricSample> {
    yield [this.#loopDelay.take()];
  }

  #expose(sink: MetricSink): void {
    const { version, openStreams, connections, recordings } = this.#options;
    sink.gauge("labdaemon_build_info", "1, with the version.", [[1, { version }]]);
    exposeBench(sink, this.#daemon);
    if (recordings) exposeRecordings(sink, recordings, this.#daemon.devices());
    sink.gauge("labdaemon_open_streams", "Streams that are open.", [[openStreams()]]);
    if (connections) exposeConnections(sink, connections);
    sink.gauge(
      "labdaemon_event_loop_delay_max_seconds",
      "Greatest delay of the event loop since the last request of the metrics.",
      this.#delay(),
    );
    const { user, system } = process.cpuUsage();
    sink.counter("process_cpu_seconds_total", "Processor time of the daemon.", [[(user + system) / 1e6]]);
    sink.gauge("process_resident_memory_bytes", "Memory of the daemon.", [[process.memoryUsage().rss]]);
    sink.gauge("process_start_time_seconds", "Start of the daemon, since 1970.", [[performance.timeOrigin / 1000]]);
    this.#http.expose(sink);
  }
}

function exposeConnections(sink: MetricSink, { count, countOfClient, limits }: ConnectionCounts): void {
  sink.gauge("labdaemon_open_connections", "Connections of clients that are open.", [[count]]);
  sink.gauge("labdaemon_max_connections", "Connections that there may be.", [[limits.all]]);
  sink.gauge("labdaemon_client_open_connections", "Connections of the client that has most.", [[countOfClient]]);
  sink.gauge("labdaemon_client_max_connections", "Connections that one client may have.", [[limits.ofClient]]);
}
