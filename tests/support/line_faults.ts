/** The faults of an instrument that answers in lines of text. */
import type { Answer, FakeInstrument } from "../../lib/testing/mod.ts";
import type { Fault, Random } from "./faults.ts";

const text = new TextEncoder();

/** All faults of an instrument, and what ends them. */
export function lineFaults(instrument: FakeInstrument, timeoutMs: number) {
  /** A fault of each answer. */
  const answers = (garble: (answer: string, random: Random) => Answer): Fault => ({
    begin: (random) => void (instrument.garble = (answer) => garble(answer, random)),
  });
  /** The same, where the question is not answered in time. */
  const silence = (garble: (answer: string) => Answer): Fault => ({
    begin: () => void (instrument.garble = garble),
    mustBreak: true,
  });
  const faults: Record<string, Fault> = {
    "connection refused": { begin: () => instrument.drop(), mustBreak: true },
    "connection closed": { begin: () => instrument.closeConnections(), mustBreak: true },
    "peer restarted": {
      begin: async () => {
        await instrument.drop();
        await instrument.restore();
      },
      mustBreak: true,
    },
    "slow boot": {
      begin: async () => {
        await instrument.drop();
        instrument.garble = () => undefined;
        await instrument.restore();
      },
      mustBreak: true,
    },
    "silent": silence(() => undefined),
    "half an answer": silence((answer) => text.encode(answer.slice(0, Math.ceil(answer.length / 2)))),
    "wrong line end": silence((answer) => text.encode(`${answer}\r`)),
    "1 MB without a line end": silence(() => new Uint8Array(1024 * 1024).fill(49)),
    "late answer": { begin: () => void (instrument.delayMs = 2 * timeoutMs), mustBreak: true },
    "garbage": answers((_, random) => Uint8Array.from({ length: 20 }, () => 128 + random(128))),
    "garbage with line ends": answers((_, random) =>
      Uint8Array.from({ length: 40 }, () => random(4) === 0 ? 10 : 128 + random(128))
    ),
    "NUL bytes": answers((answer) => `\0${answer}\0`),
    "two answers": answers((answer) => `${answer}\n${answer}`),
    "an answer and the beginning of another": answers((answer) => text.encode(`${answer}\n${answer}`)),
    "single bytes": {
      begin: () => void (instrument.cut = (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))),
    },
  };
  const heal = async () => {
    instrument.garble = instrument.cut = undefined;
    instrument.delayMs = 0;
    await instrument.restore();
  };
  return { faults, heal };
}
