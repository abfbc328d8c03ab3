import { fullId, withFullIds } from "./view_ids.ts";

/** Events of a bench as JSON text, with the ids of a view. */
export class EventIds {
  readonly #bench: string;
  /** The beginnings of the data of samples, and those with the full id. */
  readonly #starts = new Map<string, string>();

  constructor(bench: string) {
    this.#bench = bench;
  }

  /** Samples are not parsed: their data begins with the event and the device. */
  full(data: string): string {
    const begin = /^\{"event":"device_(?:data|columns)","device_id":"(?:[^"\\]|\\.)*"/.exec(data)?.[0];
    if (begin === undefined) return JSON.stringify(withFullIds(JSON.parse(data), this.#bench));
    let full = this.#starts.get(begin);
    if (full === undefined) {
      const { event, device_id } = JSON.parse(`${begin}}`);
      full = JSON.stringify({ event, device_id: fullId(this.#bench, device_id) }).slice(0, -1);
      this.#starts.set(begin, full);
    }
    return full + data.slice(begin.length);
  }
}

/** An answer of JSON lines, one event each, with the ids of a view. */
export function fullLines(answer: Response, bench: string): Response {
  const ids = new EventIds(bench);
  let rest = "";
  const lines = new TransformStream<string, string>({
    transform: (text, controller) => {
      const found = (rest + text).split("\n");
      rest = found.pop()!;
      if (found.length > 0) controller.enqueue(found.map((line) => `${line && ids.full(line)}\n`).join(""));
    },
    flush: (controller) => {
      if (rest) controller.enqueue(ids.full(rest));
    },
  });
  const body = answer.body?.pipeThrough(new TextDecoderStream()).pipeThrough(lines).pipeThrough(
    new TextEncoderStream(),
  );
  return new Response(body ?? null, { status: answer.status, headers: answer.headers });
}
