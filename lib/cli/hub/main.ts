/**
 * `deno task hub`: the configuration and the streams of a hub for benches. Exit codes: 0, 1 after a failure, 2 for wrong usage.
 *
 * @module
 */
import { messageOf } from "../../errors.ts";
import { parseDuration } from "../../format/duration.ts";
import { keepStreams } from "../../hub/keep_streams.ts";
import { commandLine, parse, readBy, UsageError } from "../command_line.ts";
import { catchUncaught } from "../uncaught.ts";
import { newHub } from "./new_hub.ts";

interface KeepFlags {
  server: string[];
  nkey?: string;
  creds?: string;
  ca?: string;
  cert?: string;
  key?: string;
  maxBytes?: number;
  maxAge?: number;
  once?: true;
}

const NAME = /^[\w-]{1,64}$/;

function checked(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !NAME.test(name) || name === "reader" || name === "keeper");
  if (wrong === undefined) return names;
  throw new UsageError(
    `${JSON.stringify(wrong)} is no name of a bench: letters, digits, "_" and "-", not reader or keeper.`,
  );
}

const program = commandLine("deno task hub", "The configuration and the streams of a hub for benches");
program.command("init").description("write the configuration of nats-server, and the seeds of its benches")
  .argument("<folder>", "a new folder")
  .argument("<benches...>", "the names of the benches")
  .action(async (folder: string, benches: string[]) => {
    const { files, reader } = await newHub(folder, checked(benches));
    console.log(`${files.join("\n")}

Next:
  nats-server -c ${folder}/nats.conf
  deno task hub keep --server nats://127.0.0.1:4222 --nkey ${folder}/keeper.seed ${benches.join(" ")}
Each bench gets its seed. One that a view may command has in its hub:
  views: [${reader}]`);
  });
program.command("keep").description("make the streams of benches, and again when they are gone, until it is ended")
  .argument("<benches...>", "the names of the benches")
  .requiredOption("--server <url...>", "an address such as tls://hub.example.org:4222")
  .option("--nkey <file>", "the seed of the keeper")
  .option("--creds <file>", "its credentials, instead: a JWT and its seed")
  .option("--ca <file>", "the authority of the server")
  .option("--cert <file>", "a certificate of the keeper, with --key")
  .option("--key <file>", "its key")
  .option("--max-bytes <n>", "the bytes of each stream: then the oldest messages are dropped", Number)
  .option("--max-age <duration>", "the age of its messages, such as 720h", readBy(parseDuration))
  .option("--once", "end when all are there")
  .action(async (benches: string[], flags: KeepFlags) => {
    const { server, nkey, creds, ca, cert, key, maxBytes, maxAge, once } = flags;
    if (maxBytes !== undefined && !(maxBytes > 0)) throw new UsageError("--max-bytes is a number of bytes.");
    const end = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => end.abort());
    if (nkey !== undefined && creds !== undefined) {
      throw new UsageError("--nkey and --creds are two ways of one thing.");
    }
    const path = creds ?? nkey;
    const kind = creds === undefined ? "nkey" as const : "creds" as const;
    const read = async () => {
      const text = await Deno.readTextFile(path!);
      return new TextEncoder().encode(creds === undefined ? text.trim() : text);
    };
    using _ = catchUncaught((error) => console.error(messageOf(error)));
    await keepStreams({
      ...{ servers: server, benches: checked(benches), limits: { maxBytes, maxAgeMs: maxAge }, once },
      ...path !== undefined && { identity: { kind, read } },
      ...(ca ?? cert ?? key) !== undefined && { tls: { ca, cert, key } },
      report: (line) => console.log(line),
    }, end.signal);
    Deno.exit(0);
  });

await parse(program, Deno.args).catch((error) => {
  console.error(messageOf(error));
  Deno.exit(error instanceof UsageError ? 2 : 1);
});
