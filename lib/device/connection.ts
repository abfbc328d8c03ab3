import { type Notifier, Watchdog } from "../async/mod.ts";
import type { ArrayEncoding } from "../driver/mod.ts";
import { asLabError, LabError, messageOf } from "../errors.ts";
import type { ConsoleLevel } from "../host/console_line.ts";
import type { Host, HostEvents } from "../host/host.ts";
import type { StreamLog } from "../stream/mod.ts";
import type { Limits } from "./policy.ts";
import type { Blame } from "./retry.ts";
import type { Wants } from "./wants.ts";

/** What a connection reads from its device, and tells it. */
export interface ConnectionContext {
  readonly deviceId: string;
  readonly params: Record<string, unknown>;
  readonly limits: Limits;
  /** How typed arrays travel; `null`: as the driver says. */
  readonly arrays: ArrayEncoding | null;
  readonly log: StreamLog;
  readonly wants: Wants;
  /** Rings when `wants` may have changed. */
  readonly notifier: Notifier;
  open(events: HostEvents, signal: AbortSignal): Promise<Host>;
  print(line: string, level?: ConsoleLevel): void;
  /** The options of the next run. */
  runOptions(): Record<string, unknown>;
  /** How long the run may take to stop, in milliseconds. */
  stopLimit(): number;
  connected(host: Host, can: { streams: boolean }): void;
  /** A run begins, streams, or has ended. */
  run(phase: "starting" | "streaming" | "over"): void;
  /** It is over though it was still wanted. What is left to close is closed after this. */
  failed(error: LabError, blame: Blame): void;
  /** Nothing more can be asked of the host. */
  closing(): void;
}

/**
 * One connection of a device, from connect to disconnect. It streams whenever that is wanted, and lasts until the signal
 * aborts or something fails. It never rejects; when it resolves, everything is closed.
 */
export async function connection(device: ConnectionContext, signal: AbortSignal): Promise<void> {
  const { deviceId, log, wants, notifier, limits } = device;
  let blame: Blame = "driver";
  let gone: LabError | undefined;
  let ended: { error: unknown } | undefined;
  let host: Host | undefined;
  let starting = false;
  let stopping = false;
  let runs = 0;
  const ring = () => notifier.notify();
  const watchdog = new Watchdog(limits.sampleTimeoutMs, () => {
    ended = { error: stalled(deviceId, limits.sampleTimeoutMs) };
    notifier.notify();
  });
  const streaming = () => {
    starting = false;
    watchdog.start();
    device.run("streaming");
  };

  /** Waits until `condition` holds, and throws when there is no longer any point in waiting. */
  const until = async (condition: () => boolean) => {
    for (;;) {
      signal.throwIfAborted();
      if (gone) throw gone;
      if (condition()) return;
      await notifier.next();
    }
  };

  signal.addEventListener("abort", ring);
  try {
    host = await device.open({
      block: (block) => {
        // The first sample may overtake the answer to the start.
        if (starting) streaming();
        watchdog.reset();
        log.append(block);
      },
      lost: (next) => log.lose(next),
      print: (line, level) => device.print(line, level),
      ended: (error) => {
        ended = { error };
        notifier.notify();
      },
    }, signal);
    host.closed.then((reason) => {
      gone = reason;
      notifier.notify();
    });
    const attempt = `Cannot connect "${deviceId}"`;
    const identity = { device_id: deviceId, epoch: log.epoch, next_sequence: log.sequence, arrays: device.arrays };
    const can = await host.request("create", { ...identity, params: device.params }, { attempt, signal });
    blame = "instrument";
    await host.request("connect", {}, { attempt, limit: limits.connectMs, probe: true, signal });
    device.connected(host, can);

    for (;;) {
      await until(() => can.streams && wants.streaming);
      // A stop may have come in between.
      if (!wants.streaming) continue;
      ended = undefined;
      starting = true;
      const run = ++runs;
      device.run("starting");
      const input = { options: device.runOptions(), read: limits.callMs };
      const attempt = `Cannot start streaming "${deviceId}"`;
      // Not awaited: a stop does not wait for the start.
      host.request("start", input, { attempt, limit: limits.connectMs, probe: true, signal }).then(
        () => run === runs && starting && streaming(),
        (error) => {
          if (run !== runs) return;
          ended = { error };
          notifier.notify();
        },
      );
      await until(() => ended !== undefined || !wants.streaming).finally(() => {
        starting = false;
        watchdog.stop();
      });
      if (ended) {
        const { error } = ended as { error: unknown };
        if (error) throw error;
        if (wants.always) {
          const about = { type: "StreamEnded", context: { device_id: deviceId } };
          throw new LabError("DriverError", `The stream of "${deviceId}" ended by itself`, about);
        }
        wants.hold();
      } else {
        blame = "driver";
        stopping = true;
        const limit = device.stopLimit();
        // The driver's own limit comes first, so that it is the driver which says what hangs.
        await host.request("stop", { limit }, { attempt: `Cannot stop "${deviceId}"`, limit: limit + 500 });
        stopping = false;
        blame = "instrument";
      }
      device.run("over");
    }
  } catch (error) {
    const failure = asLabError(error, "InternalError");
    // What took the memory is the driver, whoever noticed first: its engine or the daemon.
    if (gone || failure.type === "OutOfMemory") blame = "driver";
    // A stop that throws is over; one that hangs is not.
    stopping &&= failure.code === "DeviceTimeout";
    if (!signal.aborted) device.failed(failure, blame);
  } finally {
    signal.removeEventListener("abort", ring);
    device.closing();
    // Who does not stop will not disconnect either.
    if (host) await farewell(host, device, stopping || gone !== undefined);
    device.run("over");
  }
}

function stalled(deviceId: string, limit: number): LabError {
  const message = `"${deviceId}" has yielded no sample for ${limit / 1000} s, though its stream runs`;
  return new LabError("DriverError", message, { type: "StreamStalled", context: { device_id: deviceId } });
}

/** Closes the instrument, then its host. What does not go well is ended by force. */
async function farewell(host: Host, { deviceId, limits, print }: ConnectionContext, force: boolean): Promise<void> {
  if (!force) {
    const limit = limits.stopMs;
    const attempt = `Cannot disconnect "${deviceId}"`;
    await host.request("disconnect", { limit }, { attempt, limit: limit + 500 }).catch((error) => {
      print(`its driver failed to close it: ${messageOf(error)}`, "warning");
      force = true;
    });
  }
  await host.close({ force });
}
