/** The colours of a table of numbers, from the smallest to the largest: dark blue to yellow, even in brightness (viridis). */
const STOPS = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

let table: Uint32Array | undefined;

/** 256 colours as the pixels of a canvas: alpha, blue, green, red, the highest byte first. */
export function colorTable(): Uint32Array {
  return table ??= Uint32Array.from({ length: 256 }, (_, i) => {
    const at = i / 255 * (STOPS.length - 1);
    const low = Math.min(STOPS.length - 2, Math.floor(at));
    const part = at - low;
    const [red, green, blue] = STOPS[low].map((one, k) => Math.round(one + (STOPS[low + 1][k] - one) * part));
    return (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
  });
}
