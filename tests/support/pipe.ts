/** A pipe that hands over its bytes in pieces of the given sizes, and then the rest. */
export function pipe(bytes: Uint8Array, sizes: readonly number[] = []): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = [...sizes];
  let place = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const end = place + Math.max(1, left.shift() ?? bytes.length);
      if (place < bytes.length) controller.enqueue(bytes.slice(place, end));
      place = end;
      if (place < bytes.length) return;
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}
