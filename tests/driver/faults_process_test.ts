import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { z } from "zod";
import { connectLines, defineDriver, type LineConnection } from "../../lib/driver/mod.ts";
import { fakeInstrument } from "../../lib/testing/mod.ts";
import { playFaults } from "../support/faults.ts";
import { lineFaults } from "../support/line_faults.ts";

const TIMEOUT_MS = 100;

const driver = defineDriver({
  name: "Counter",
  params: z.object({ host: z.string(), port: z.number() }),
  sample: z.object({ asked: z.number(), answered: z.number() }),
  create: ({ host, port }) => {
    let connection: LineConnection | undefined;
    let asked = 0;
    return {
      async connect(signal: AbortSignal) {
        connection = await connectLines({ hostname: host, port, signal, timeoutMs: TIMEOUT_MS });
        await connection.query("N? -1");
      },
      safe: () => connection!.write("OFF"),
      disconnect: () => connection?.close(),
      async *stream(signal: AbortSignal) {
        while (!signal.aborted) {
          asked++;
          const answer = await connection!.query(`N? ${asked}`);
          if (!/^-?\d+$/.test(answer)) throw new Error(`expected a number, found ${JSON.stringify(answer)}`);
          yield { asked, answered: Number(answer) };
        }
      },
    };
  },
});

Deno.test("100 random faults: the device heals, no answer is another question's, nothing is left", async () => {
  await using instrument = fakeInstrument({
    answers: (question) => question.startsWith("N? ") ? question.slice(3) : undefined,
  });
  const report = await playFaults({
    driver,
    params: { host: instrument.host, port: instrument.port },
    isRight: (payload) => {
      const { asked, answered } = payload as { asked: number; answered: number };
      return asked === answered;
    },
    timeoutMs: TIMEOUT_MS,
    ...lineFaults(instrument, TIMEOUT_MS),
  }, { seed: 11, count: 100 });
  equal(report.played.length, 100);
  ok(report.broken.length > 50);
});
