import type { JetStreamManager } from "@nats-io/jetstream";
import { delay } from "../async/mod.ts";
import { LabError } from "../errors.ts";
import { type HubConnection, openConnection, streamConfig, type StreamLimits } from "./hub_connection.ts";
import type { HubOptions } from "./hub_options.ts";
import { streamName } from "./names.ts";
import { notReached } from "./not_reached.ts";

/** The time between two looks at the streams. */
const LOOK_MS = 2_000;

/** The options of {@linkcode keepStreams}. */
export interface KeepOptions extends Omit<HubOptions, "bench"> {
  benches: readonly string[];
  limits: StreamLimits;
  /** Ends when all are there. */
  once?: boolean;
  /** Gets a line for people about each change, and about each failure. */
  report: (line: string) => void;
}

/** Connects as the keeper of a hub: makes the bucket, and the streams of benches, and again when they are gone. */
export async function keepStreams(options: KeepOptions, signal: AbortSignal): Promise<void> {
  const { benches, limits, once, report } = options;
  let hub: HubConnection | undefined;
  let failure = "";
  while (!signal.aborted) {
    try {
      hub ??= await openConnection(options, "LabDaemon keeper", { inbox: "_INBOX_keeper" });
      await hub.openBucket();
      for (const bench of benches) await keepStream(hub.manager, bench, limits, report);
      if (failure !== "") report("all streams are there again");
      failure = "";
      if (once) break;
    } catch (error) {
      const found = `Cannot keep the streams at ${notReached(error, options)}`;
      if (once) {
        await hub?.nats.close();
        throw new LabError("Unavailable", found, { cause: error });
      }
      if (found !== failure) report(`${failure = found}; trying again`);
    }
    await delay(LOOK_MS, { signal }).catch(() => {});
  }
  await hub?.nats.close();
}

async function keepStream(
  manager: JetStreamManager,
  bench: string,
  limits: StreamLimits,
  report: (line: string) => void,
): Promise<void> {
  const config = streamConfig(bench, limits);
  const name = streamName(bench);
  // Asked first: to add a stream that exists with another configuration is an error.
  const found = await manager.streams.info(name).catch(() => undefined);
  if (!found) {
    await manager.streams.add(config);
    return report(`made the stream ${name}`);
  }
  const { subjects, max_bytes, max_age } = found.config;
  const isSame = max_bytes === config.max_bytes && max_age === config.max_age &&
    subjects.join() === config.subjects.join();
  if (isSame) return;
  await manager.streams.update(name, config);
  report(`changed the stream ${name}`);
}
