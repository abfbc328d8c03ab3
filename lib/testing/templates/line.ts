import { connectLines, defineDriver, every, type LineConnection } from "labdaemon/driver";
import { z } from "zod";

/** The parameters of a device, from the bench file: the instrument's address. */
const params = z.object({
  host: z.string().default("127.0.0.1").meta({ description: "The instrument's name or address" }),
  port: z.number().int().positive().default(5025).meta({ description: "Its port; SCPI instruments listen on 5025" }),
});

/** The options of one run of the stream. Set `max` to the fastest rate of the instrument. */
const options = z.object({
  sample_rate: z.number().positive().max(100).default(10).meta({ unit: "Hz", description: "Samples per second" }),
});

export default defineDriver({
  name: "LineTemplate",
  summary: "An instrument that answers lines of text over TCP",
  params,
  options,
  sample: z.number().meta({ unit: "V" }),
  // Only this host and port: no other machine, no file.
  permissions: ({ host, port }) => ({ net: [`${host}:${port}`] }),
  create: ({ host, port }) => {
    let connection: LineConnection;
    return {
      async connect(signal) {
        connection = await connectLines({ hostname: host, port, signal, timeoutMs: 2_000 });
        // Every instrument answers this. One that accepts connections but does not answer is not connected.
        await connection.query("*IDN?", { signal });
      },
      // Called last, also after connect failed; then there is nothing to close.
      disconnect: () => connection?.close(),
      // When this throws, the host ends the connection and makes a new one: no retry, no catch.
      async *stream(signal, { sample_rate }) {
        for await (const _ of every(1000 / sample_rate, signal)) {
          yield number("MEAS:VOLT?", await connection.query("MEAS:VOLT?"));
        }
      },
      identify: () => connection.query("*IDN?"),
      setVoltage: (volts: number) => connection.write(`VOLT ${volts}`),
    };
  },
  // Queries of a method and of the stream take turns: each gets its own answer.
  methods: {
    identify: { summary: "Maker, model, serial number, version", run: (device) => device.identify() },
    set_voltage: {
      summary: "Set the output's voltage",
      input: z.object({ volts: z.number().min(0).max(30).meta({ unit: "V", description: "The new voltage" }) }),
      run: (device, { volts }) => device.setVoltage(volts),
    },
  },
});

/** An answer that is not a number is an error, never a sample. */
function number(question: string, answer: string): number {
  const value = Number(answer);
  if (answer.trim() && Number.isFinite(value)) return value;
  throw new Error(`Cannot read the answer to ${question}: expected a number, found ${JSON.stringify(answer)}`);
}
