import { Semaphore } from "../../async/mod.ts";
import type { Host, HostEvents } from "../../host/host.ts";
import type { ProtocolRequests } from "../../host/protocol/protocol.ts";
import type { DeviceParts } from "./device_parts.ts";

/**
 * The number of processes that start at a time: when fifty devices lose the same hub, the daemon stays responsive. A start
 * that takes longer than 3 s does not count: drivers that hang do not delay the others.
 */
const STARTS = new Semaphore(4, 3_000);

/** Opens a host for a device: in the process of its group, or in a process of its own. */
export async function openHost(
  { id, settings: { memoryBytes, limits: { heartbeatTimeoutMs } }, desired: { plan } }: DeviceParts,
  events: HostEvents,
  signal: AbortSignal,
): Promise<Host> {
  const { source, permissions, group } = plan;
  const confinement = { permissions, memoryBytes, heartbeatTimeoutMs };
  const open = () => group?.open(id, plan, events, signal) ?? source.open(id, confinement, events, signal);
  return await STARTS.run(open, signal);
}

/** The input of the request to create a device. Its process parses the params as they were given: once. */
export function createInput(
  { id, log, settings: { arrays, safeOnShutdown, transcript }, desired: { plan } }: DeviceParts,
): ProtocolRequests["create"][0] {
  const { missing, line, given, input, source, check } = plan;
  return {
    device_id: id,
    epoch: log.epoch,
    next_sequence: log.sequence,
    arrays,
    grant: missing && line && { driver: source.description.name, missing, line },
    safe_on_shutdown: safeOnShutdown,
    transcript,
    params: given ?? input.params,
    check: check && true,
  };
}
