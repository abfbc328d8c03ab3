import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { z } from "zod";
import { connectLines, defineDriver, type LineConnection } from "../../lib/driver/mod.ts";
import { playFaults } from "../support/faults.ts";

const TIMEOUT_MS = 100;

/** The connections that the driver has opened and closed. */
const calls = { connect: 0, disconnect: 0 };

const driver = defineDriver({
  name: "Counter",
  params: z.object({ host: z.string(), port: z.number() }),
  sample: z.object({ asked: z.number(), answered: z.number() }),
  create: ({ host, port }) => {
    let connection: LineConnection | undefined;
    let asked = 0;
    return {
      async connect(signal: AbortSignal) {
        calls.connect++;
        connection = await connectLines({ hostname: host, port, signal, timeoutMs: TIMEOUT_MS });
        await connection.query("N? -1");
      },
      disconnect() {
        calls.disconnect++;
        connection?.close();
      },
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
  const report = await playFaults({
    driver,
    params: ({ host, port }) => ({ host, port }),
    answers: (question) => question.slice(3),
    isRight: (payload) => {
      const { asked, answered } = payload as { asked: number; answered: number };
      return asked === answered;
    },
    timeoutMs: TIMEOUT_MS,
  }, { seed: 11, count: 100 });
  equal(report.played.length, 100);
  ok(report.broken.length > 50);
  equal(calls.connect, calls.disconnect);
});
