import { type Bench, benchOf } from "./bench.ts";

/** The parts of a version of the driver under test, besides its number. */
interface Version {
  name?: string;
  params?: string;
  options?: string;
  head?: string;
  device?: string;
}

/** A driver whose method and summary give its version, and whose samples count on from the daemon's sequence. */
export const counter = (
  version: unknown,
  { name = "Counter", params = "", options = "", head = "", device = "" }: Version = {},
) => `
  import { defineDriver, every } from "labdaemon/driver";
  import { z } from "zod";
  ${head}
  export default defineDriver({
    name: "${name}",
    summary: "version ${version}",
    params: z.object({ ${params} }),
    options: z.object({ sample_rate: z.number().positive().default(200), ${options} }),
    create: (params) => ({
      async *stream(signal, { sample_rate }) {
        yield* every(1000 / sample_rate, signal);
      },
      ${device}
    }),
    methods: {
      pid: { run: () => Deno.pid },
      version: { run: () => "${version}" },
    },
  });`;

/** Writes a file into the bench's folder. */
export const save = (bench: Bench, file: string, text: string) => Deno.writeTextFile(`${bench.folder}/${file}`, text);

/** Scans the folder once, as a watch does after a change. */
export const scan = (bench: Bench) => bench.daemon.loadDrivers(bench.folder);

/** A bench that watches its folder. */
export async function watched(...files: Parameters<typeof benchOf>): Promise<Bench> {
  const bench = await benchOf(...files);
  await bench.daemon.loadDrivers(bench.folder, { watch: true });
  return bench;
}

/** Each driver's file, type, summary or status, and error. */
export const summaries = ({ daemon }: Bench) =>
  daemon.drivers().map(({ file, name, summary, status, error }) => [file, name, summary ?? status, error?.message]);

/** True of drivers one of which has this version. */
export const isVersion = (version: unknown) => (drivers: { summary?: string }[]) =>
  drivers.some(({ summary }) => summary === `version ${version}`);
