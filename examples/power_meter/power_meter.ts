import { connectLines, defineDriver, every, type LineConnection } from "labdaemon/driver";
import { z } from "zod";

export default defineDriver({
  name: "PowerMeter",
  summary: "An optical power meter on the network",
  // The parameters of a device, from the bench file.
  params: z.object({
    host: z.string().meta({ description: "The meter's name or address" }),
    port: z.number().int().positive().default(5025),
  }),
  // The options of one run of its stream. The max is the fastest rate of the meter.
  options: z.object({
    sample_rate: z.number().positive().max(50).default(10).meta({ unit: "Hz" }),
  }),
  // The schema of one sample, with its unit.
  sample: z.number().meta({ unit: "W" }),
  // The permissions of the driver: this port of this machine.
  permissions: ({ host, port }) => ({ net: [`${host}:${port}`] }),
  create: ({ host, port }) => {
    let connection: LineConnection;
    return {
      async connect(signal) {
        connection = await connectLines({ hostname: host, port, signal, timeoutMs: 2_000 });
        await connection.query("*IDN?", { signal });
      },
      disconnect: () => connection?.close(),
      async *stream(signal, { sample_rate }) {
        for await (const _ of every(1000 / sample_rate, signal)) yield watts(await connection.query("POW?"));
      },
      zero: () => connection.write("ZERO"),
      wavelength: async () => Number(await connection.query("WAV?")),
      setWavelength: (nm: number) => connection.write(`WAV ${nm}`),
    };
  },
  methods: {
    zero: { summary: "Take the present power as zero", run: (meter) => meter.zero() },
  },
  properties: {
    wavelength: {
      summary: "The wavelength of the light",
      schema: z.number().min(200).max(1100).meta({ unit: "nm" }),
      get: (meter) => meter.wavelength(),
      set: (meter, nm) => meter.setWavelength(nm),
    },
  },
});

/** An answer that is not a number is an error, never a sample. */
function watts(answer: string): number {
  const value = Number(answer);
  if (answer.trim() && Number.isFinite(value)) return value;
  throw new Error(`Cannot read the power: expected a number, found ${JSON.stringify(answer)}`);
}
