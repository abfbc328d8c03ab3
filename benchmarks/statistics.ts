/**
 * The value below which `share` (0 to 1) of the values lie, between the two nearest where it falls between them. NaN of
 * nothing. The values need no order.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return sorted.length ? below + (above - below) * (place % 1) : NaN;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/**
 * The growth of a cost: the exponent `k` of the power law `y ~ x ** k` that fits best. 1 is linear. All must be positive.
 */
export function growth(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (axis: number) => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let product = 0;
  let square = 0;
  for (const [x, y] of logs) {
    product += (x - meanX) * (y - meanY);
    square += (x - meanX) ** 2;
  }
  return product / square;
}

/** By how much of its beginning a series has grown: the median of its last third against that of its first. */
export function rise(series: readonly number[]): number {
  const third = Math.max(1, Math.floor(series.length / 3));
  return median(series.slice(-third)) / median(series.slice(0, third)) - 1;
}

/** A cost of up to so many times the least one still counts as that. */
const CHEAP = 1.5;

/**
 * The knees of a cost per unit of work: between `from` and `to` a unit costs least, within a half more. Below, what does not
 * depend on the work outweighs it; beyond, the cost grows faster than the work. `undefined` without a point.
 */
export function knees(points: readonly (readonly [x: number, y: number])[]): { from: number; to: number } | undefined {
  const found = points.filter(([, y]) => y > 0);
  const least = Math.min(...found.map(([, y]) => y));
  const cheap = found.filter(([, y]) => y <= CHEAP * least).map(([x]) => x);
  return cheap.length > 0 ? { from: Math.min(...cheap), to: Math.max(...cheap) } : undefined;
}
