import { connectSerial, defineDriver, every, type LineConnection, openLines } from "labdaemon/driver";
import { z } from "zod";

/** The parameters of a device, from the bench file. `ls -l /dev/serial/by-id` shows the names, which stay when ports swap. */
const params = z.object({
  port: z.string().default("/dev/serial/by-id/usb-my-instrument").meta({ description: "The serial port" }),
  baud: z.number().int().positive().default(9600).meta({ unit: "Bd", description: "Bits per second" }),
});

/** The options of one run of the stream. Set `max` to the fastest rate: at 9600 baud, an answer of 10 characters takes 10 ms. */
const options = z.object({
  sample_rate: z.number().positive().max(20).default(5).meta({ unit: "Hz", description: "Samples per second" }),
});

export default defineDriver({
  name: "SerialTemplate",
  summary: "An instrument that answers lines of text over a serial port",
  params,
  options,
  sample: z.number().meta({ unit: "V" }),
  // Only this port: no network, no file.
  permissions: ({ port }) => ({ serial: [port] }),
  create: ({ port, baud }) => {
    let connection: LineConnection;
    return {
      async connect(signal) {
        const bytes = await connectSerial({ path: port, baud, bits: 8, parity: "none", stop: 1, signal });
        connection = await openLines(bytes, { terminator: "\n", timeoutMs: 2_000, signal });
        // A port opens without an instrument, too. One that does not answer is not connected.
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
