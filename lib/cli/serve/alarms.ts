import { getLogger } from "@logtape/logtape";
import { Alarms } from "../../alarms/alarms.ts";
import { Webhook } from "../../alarms/webhook.ts";
import type { Bench } from "../../bench/bench.ts";
import type { LabDaemon } from "../../daemon.ts";
import { messageOf } from "../../errors.ts";
import type { AlarmEvent } from "../../wire/events.ts";
import type { UnreadableFile } from "../../wire/server.ts";
import { AlarmFile } from "./alarm_file.ts";

/** The time for the program of one notice. */
const COMMAND_MS = 30_000;

/** Programs of notices at a time; a notice beyond that is logged only. */
const MAX_COMMANDS = 4;

const logger = getLogger(["labdaemon", "alarms"]);

/** The alarms of a bench, and the notifiers that send their events. */
export interface ServedAlarms {
  alarms: Alarms;
  /** Resolves when the incidents are kept. */
  close(): Promise<void>;
}

/** Watches the alarms of a bench file. Incidents of the run before go on. */
export async function openAlarms(
  daemon: LabDaemon,
  { data, devices, notify: { webhook, command } = {} }: Pick<Bench, "data" | "devices" | "notify">,
  unreadable: UnreadableFile[],
): Promise<ServedAlarms> {
  const file = new AlarmFile(data);
  const kept = await file.read(unreadable);
  const hook = webhook && new Webhook(webhook);
  const run = command && commandRunner(command);
  const alarms: Alarms = new Alarms({
    bench: daemon,
    rules: new Map(devices.map(({ id, alarms }) => [id, alarms])),
    kept,
    keep: () => file.write(alarms.list()),
    notify: (event) => {
      hook?.send(event);
      run?.(event);
    },
  });
  const close = async () => {
    alarms.close();
    hook?.close();
    await file.written;
  };
  return { alarms, close };
}

/** Runs a program for each notice, which is on its standard input as one line of JSON. */
function commandRunner([program, ...args]: string[]): (event: AlarmEvent) => void {
  let running = 0;
  const run = async (event: AlarmEvent) => {
    const child = new Deno.Command(program, { args, stdin: "piped", stdout: "null", stderr: "null" }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), COMMAND_MS);
    try {
      await new Blob([`${JSON.stringify(event)}\n`]).stream().pipeTo(child.stdin).catch(() => {});
      const { success, code } = await child.status;
      if (!success) throw new Error(`it ended with ${code}`);
    } finally {
      clearTimeout(timer);
    }
  };
  return (event) => {
    if (running >= MAX_COMMANDS) {
      return void logger.error("{program} was not run for a notice: {running} are running", { program, running });
    }
    running++;
    run(event).catch((error) =>
      logger.error("{program} has failed for {incident_id}: {error}", {
        ...{ program, incident_id: event.incident_id, error: messageOf(error) },
      })
    ).finally(() => running--);
  };
}
