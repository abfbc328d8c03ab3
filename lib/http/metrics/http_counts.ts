import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { DurationHistogram } from "../../async/duration_histogram.ts";
import type { MetricSink } from "./exposition.ts";

/** Other methods are counted together: a client makes up as many as it likes. */
const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"];

/** The counts of answered requests, by route. A stream counts when it begins. */
export class HttpCounts {
  /** By method and route. */
  readonly #durations = new Map<string, DurationHistogram>();
  /** By method, route and status. */
  readonly #requests = new Map<string, { labels: Record<string, string>; count: number }>();

  /** Counts each request when it is answered. */
  middleware(): MiddlewareHandler {
    return async (c, next) => {
      const start = performance.now();
      await next();
      const route = matchedRoutes(c).map(({ path }) => path).findLast((path) => !path.endsWith("*")) ?? "unknown";
      const method = METHODS.includes(c.req.method) ? c.req.method : "other";
      this.#count({ method, route }, String(c.res.status), (performance.now() - start) / 1000);
    };
  }

  #count(labels: { method: string; route: string }, status: string, seconds: number): void {
    const key = `${labels.method} ${labels.route}`;
    const durations = this.#durations.get(key) ?? new DurationHistogram();
    this.#durations.set(key, durations);
    durations.observe(seconds);
    const requests = this.#requests.get(`${key} ${status}`) ?? { labels: { ...labels, status }, count: 0 };
    this.#requests.set(`${key} ${status}`, requests);
    requests.count++;
  }

  /** Adds the metrics of all requests. */
  expose(sink: MetricSink): void {
    const requests = Array.from(this.#requests.values(), ({ count, labels }) => [count, labels] as const);
    sink.counter("labdaemon_http_requests_total", "Answered requests.", requests);
    const durations = Array.from(this.#durations, ([key, durations]) => {
      const [method, route] = key.split(" ");
      return [durations, { method, route }] as const;
    });
    sink.histogram("labdaemon_http_request_duration_seconds", "Time until the answer begins.", durations);
  }
}
