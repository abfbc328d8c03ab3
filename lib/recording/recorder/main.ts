/**
 * The recorder: a process of the daemon's that stores what it is fed by its stdin. One thread reads, another one stores: a disk
 * that hangs delays no reading. It ends when its stdin does, and has stored all of it then.
 *
 * @module
 */
import { sendReport, store, type StoreStart } from "./store.ts";
import { RingReader } from "./ring_reader.ts";

/** The bytes that wait to be stored: with more, reading waits, and the ring of the daemon keeps what comes. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

const PROGRAM = new URL("./store_worker.ts", import.meta.url);

const [folder, minFree, ...ringPaths] = Deno.args;
const place = { folder, minFreeBytes: Number(minFree) };

/** Passes the input to the other thread. */
async function storeApart(): Promise<void> {
  const worker = new Worker(PROGRAM, { type: "module", name: "store" });
  const { promise: stored, resolve } = Promise.withResolvers<void>();
  worker.onmessage = () => resolve();
  worker.onerror = ({ message }) => {
    console.error(message);
    Deno.exit(1);
  };
  const waiting = new Int32Array(new SharedArrayBuffer(4));
  const start: StoreStart = { ...place, waiting };
  worker.postMessage(start);
  const ring = RingReader.makeInMemory(ringPaths);
  sendReport({ report: "started", ring: ring?.path ?? null });
  for await (const bytes of ring?.bytes(Deno.stdin.readable) ?? Deno.stdin.readable) {
    let count = Atomics.add(waiting, 0, bytes.length) + bytes.length;
    worker.postMessage(bytes, [bytes.buffer]);
    while (count > MAX_WAITING_BYTES) {
      await Atomics.waitAsync(waiting, 0, count).value;
      count = Atomics.load(waiting, 0);
    }
  }
  ring?.close();
  worker.postMessage(null);
  await stored;
  worker.terminate();
}

// Deno cannot grant a path with a comma, and loads the program of a thread from a folder that is granted.
const { state } = Deno.permissions.querySync({ name: "read", path: PROGRAM });
if (state === "granted") await storeApart();
else {
  sendReport({ report: "started", ring: null });
  await store({ ...place, waiting: null }, Deno.stdin.readable);
}
