import { concat } from "../format/concat.ts";

/** All bytes of a short body, else a stream of the whole body. */
export type BodyBeginning =
  | { whole: Uint8Array; rest?: undefined }
  | { whole?: undefined; rest: ReadableStream<Uint8Array> };

/** Reads a body whole if it has no more than so many bytes. */
export async function beginningOf(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<BodyBeginning> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size <= maxBytes;) {
    const { done, value } = await reader.read();
    if (done) return { whole: concat(chunks) };
    chunks.push(value);
    size += value.length;
  }
  const rest = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const first = chunks.shift();
      if (first) return controller.enqueue(first);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { rest };
}
