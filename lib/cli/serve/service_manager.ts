import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../errors.ts";

/** The number of signs in the watchdog's time: one may be late or missing. */
const SIGNS_PER_TIMEOUT = 3;

const PROGRAM = "systemd-notify";

const logger = getLogger("labdaemon");

/** The service manager that has started this process. */
export interface ServiceManager {
  /** Reports that the daemon can be reached, and from now on regularly that its event loop runs. */
  ready(status: string): void;
  /** Reports that the daemon stops. */
  stopping(): void;
}

/** The ways to the environment and to the service manager. Tests replace them. */
export interface ServiceManagerOptions {
  /** A variable of the environment. */
  env(name: string): string | undefined;
  /** Sends lines such as `READY=1`. */
  send(lines: readonly string[]): Promise<void>;
}

/**
 * systemd, where it has started this process with `Type=notify`: `NOTIFY_SOCKET` says so, and `WATCHDOG_USEC` how often it
 * expects a sign. A daemon whose event loop hangs sends none, and systemd starts it again. Without a service manager, or
 * without its program `systemd-notify`, nothing is sent.
 */
export function serviceManager({ env, send }: ServiceManagerOptions = { env: variable, send: notify }): ServiceManager {
  if (!env("NOTIFY_SOCKET")) return { ready: () => {}, stopping: () => {} };
  let timer: ReturnType<typeof setInterval> | undefined;
  let isSending = false;
  const report = async (lines: readonly string[]) => {
    isSending = true;
    await send(lines).catch((error) => logger.warn("Cannot notify systemd: {error}", { error: messageOf(error) }));
    isSending = false;
  };
  const watchdogMs = Number(env("WATCHDOG_USEC") ?? 0) / 1000;
  return {
    ready: (status) => {
      report(["READY=1", `STATUS=${status}`]);
      if (!(watchdogMs > 0)) return;
      timer = setInterval(() => isSending || report(["WATCHDOG=1"]), watchdogMs / SIGNS_PER_TIMEOUT);
    },
    stopping: () => {
      clearInterval(timer);
      report(["STOPPING=1"]);
    },
  };
}

function variable(name: string): string | undefined {
  return Deno.env.get(name);
}

/** Deno cannot send datagrams to a Unix socket, so this runs the program of systemd. */
async function notify(lines: readonly string[]): Promise<void> {
  const command = new Deno.Command(PROGRAM, { args: [...lines], stdin: "null", stdout: "null" });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}
