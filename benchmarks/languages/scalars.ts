import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

const options = z.object({ sample_rate: z.number().positive().default(100).meta({ unit: "Hz" }) });

/** A class that calls back for each scalar, as an SDK does. */
class Scalars {
  #run: AbortController | undefined;
  #done: Promise<void> = Promise.resolve();

  startStreaming(callback: (value: number) => void, { sample_rate }: { sample_rate: number }): void {
    const { signal } = this.#run = new AbortController();
    this.#done = (async () => {
      let n = 0;
      for await (const _ of every(1000 / sample_rate, signal)) callback(Math.sin(n++ / 100));
    })();
  }

  async stopStreaming(): Promise<void> {
    this.#run?.abort();
    this.#run = undefined;
    await this.#done;
  }

  isStreaming(): boolean {
    return this.#run !== undefined;
  }
}

export default defineDriver({
  name: "ScalarsTS",
  summary: "Scalars by callbacks",
  options,
  create: () => new Scalars(),
});
