/** The time in milliseconds since 1970, microseconds behind the point. The readers of the benchmark have the same clock. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}
