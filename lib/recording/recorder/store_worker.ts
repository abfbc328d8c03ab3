/**
 * The thread of the recorder that stores. It gets its {@linkcode StoreStart}; then the bytes of the daemon, and `null` as their
 * end, which it answers when all is stored.
 *
 * @module
 */
import { store, type StoreStart } from "./store.ts";

const worker = globalThis as unknown as {
  onmessage: (message: MessageEvent<StoreStart | Uint8Array<ArrayBuffer> | null>) => void;
  postMessage(message: unknown): void;
};
let input: ReadableByteStreamController | undefined;

worker.onmessage = ({ data }) => {
  if (data === null) {
    input?.close();
    // A read that waits ends with this.
    input?.byobRequest?.respond(0);
  } else if (data instanceof Uint8Array) input?.enqueue(data);
  else {
    const bytes = new ReadableStream({ type: "bytes", start: (controller) => void (input = controller) });
    store(data, bytes).then(
      () => worker.postMessage(null),
      // The thread that reads gets it, and ends the process.
      (error) =>
        setTimeout(() => {
          throw error;
        }),
    );
  }
};
