/** The encodings of a column of numbers: as they are, or as differences of integers. */
export type NumberForm = { form: "f64" } | { form: "i32"; start: number };

/** Packs numbers as bytes, grouped by their significance, which compresses well. */
export function packNumbers(values: Float64Array): { form: NumberForm; bytes: Uint8Array } {
  const steps = stepsOf(values);
  if (!steps) return { form: { form: "f64" }, bytes: shuffled(new Uint8Array(values.slice().buffer), 8) };
  return { form: { form: "i32", start: values[0] ?? 0 }, bytes: shuffled(new Uint8Array(steps.buffer), 4) };
}

/** The size of packed numbers, in bytes. */
export function packedSize({ form }: NumberForm, count: number): number {
  return form === "f64" ? count * 8 : count * 4;
}

/** Reverses {@linkcode packNumbers}. */
export function unpackNumbers(form: NumberForm, bytes: Uint8Array): Float64Array {
  if (form.form === "i32") return sums(form.start, bytes);
  const values = new Float64Array(bytes.length / 8);
  const words = new Int32Array(values.buffer);
  for (let word = 0; word < 2; word++) {
    const [a, b, c, d] = runsOf(bytes.subarray(word * values.length * 4), values.length);
    for (let i = 0; i < values.length; i++) words[2 * i + word] = a[i] | b[i] << 8 | c[i] << 16 | d[i] << 24;
  }
  return values;
}

/** The numbers from their packed differences. */
function sums(start: number, bytes: Uint8Array): Float64Array {
  const values = new Float64Array(bytes.length / 4);
  const [a, b, c, d] = runsOf(bytes, values.length);
  let value = start;
  for (let i = 0; i < values.length; i++) values[i] = value += a[i] | b[i] << 8 | c[i] << 16 | d[i] << 24;
  return values;
}

/** The bytes of 32-bit words in four groups, the least significant first. */
function runsOf(bytes: Uint8Array, count: number): Uint8Array[] {
  return [0, 1, 2, 3].map((run) => bytes.subarray(run * count, (run + 1) * count));
}

/** The differences of integers; `undefined` if one does not fit, or the values are no integers. */
function stepsOf(values: Float64Array): Int32Array<ArrayBuffer> | undefined {
  const steps = new Int32Array(values.length);
  let last = values[0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const step = value - last;
    if (!Number.isSafeInteger(value) || Object.is(value, -0) || (step | 0) !== step) return undefined;
    steps[i] = step;
    last = value;
  }
  return steps;
}

function shuffled(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const count = bytes.length / width;
  for (let byte = 0; byte < width; byte++) {
    for (let i = 0, from = byte, to = byte * count; i < count; i++, from += width) out[to + i] = bytes[from];
  }
  return out;
}
