/** The encodings of a column of numbers: as they are, or as differences of integers. */
export type NumberForm = { form: "f64" } | { form: "i32"; start: number };

/** Numbers as bytes: of the same significance together, which compresses well. */
export function packNumbers(values: Float64Array): { form: NumberForm; bytes: Uint8Array } {
  const steps = stepsOf(values);
  if (!steps) return { form: { form: "f64" }, bytes: shuffled(new Uint8Array(values.slice().buffer), 8) };
  return { form: { form: "i32", start: values[0] ?? 0 }, bytes: shuffled(new Uint8Array(steps.buffer), 4) };
}

/** The bytes of so many numbers. */
export function packedSize({ form }: NumberForm, count: number): number {
  return form === "f64" ? count * 8 : count * 4;
}

/** The numbers of {@linkcode packNumbers}. */
export function unpackNumbers(form: NumberForm, bytes: Uint8Array): Float64Array {
  if (form.form === "f64") return new Float64Array(unshuffled(bytes, 8).buffer);
  const steps = new Int32Array(unshuffled(bytes, 4).buffer);
  const values = new Float64Array(steps.length);
  let value = form.start;
  for (let i = 0; i < steps.length; i++) values[i] = value += steps[i];
  return values;
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

function unshuffled(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  const count = bytes.length / width;
  for (let byte = 0; byte < width; byte++) {
    for (let i = 0, to = byte, from = byte * count; i < count; i++, to += width) out[to] = bytes[from + i];
  }
  return out;
}
