import { deadline, Mutex } from "../async/mod.ts";
import type { Confinement } from "../host/child_process.ts";
import { DriverProcess, type ProcessOptions } from "../host/driver_process.ts";
import type { Host, HostEvents } from "../host/host.ts";
import { linkedRuntime } from "../host/linked/linked_runtime.ts";
import { missingPermissions, unitePermissions } from "../host/grants.ts";
import { unavailable } from "../host/unavailable.ts";
import type { Permissions } from "../wire/driver.ts";
import type { DriverSource } from "./driver_source.ts";
import type { DeviceGroup, GroupProcess, Plan } from "./plan.ts";

/** A device, as far as its group knows it. */
export interface GroupMember {
  readonly id: string;
  readonly plan: Plan;
  readonly confinement: Confinement;
  /** Goes on with a plan: closes the instrument and opens it again. */
  replacePlan(plan: Plan): void;
}

/** The limit for importing a driver: its SDK may be large, and the machine busy. */
const LOAD_LIMIT_MS = 30_000;

/** The time for the devices of a process that is to be replaced to leave it. Each has its own limit to stop before. */
const MAX_LEAVE_MS = 30_000;

/** A running process, and the plans that it can run. */
interface Running {
  process: DriverProcess;
  drivers: ReadonlySet<DriverSource>;
  permissions: Permissions;
  memoryBytes: number;
  /** The ids of the devices that it has had. */
  devices: Set<string>;
}

/**
 * The devices that share one process: those of a bus, or those that the bench file puts together. It starts the process at
 * the first connection, with the permissions and the drivers of all members, and the last device that disconnects ends it.
 *
 * The devices of a group that may divide need not be in one process: for one whose address no process may reach, another
 * process starts, and the others are not disturbed.
 */
export class ProcessGroup implements DeviceGroup {
  /** For people: `bus "rs485"`. */
  readonly name: string;
  readonly #mayDivide: boolean;
  readonly #members: () => GroupMember[];
  readonly #output: Pick<HostEvents, "print" | "dropped">;
  readonly #turns = new Mutex();
  #running: Running[] = [];
  /** The limits of its devices together, and the plans by which they were found. */
  #needed: { plans: readonly Plan[]; confinement: ReturnType<typeof confinementOf> } | undefined;

  /**
   * @param members Finds the devices that are planned for the group.
   * @param output Takes the lines that are of no device's console.
   */
  constructor(
    { name, mayDivide }: { name: string; mayDivide: boolean },
    members: () => GroupMember[],
    output: Pick<HostEvents, "print" | "dropped">,
  ) {
    this.name = name;
    this.#mayDivide = mayDivide;
    this.#members = members;
    this.#output = output;
  }

  processOf(id: string): GroupProcess {
    const members = this.#members();
    const device = members.find((member) => member.id === id);
    const running = device && this.#runningOf(device);
    const together = members.filter((member) => this.#runningOf(member) === running);
    const { permissions, memoryBytes } = running ?? this.#neededBy(together);
    return { ids: together.map(({ id }) => id), permissions, memoryBytes };
  }

  /** Kept until the plans change: each status needs it, and uniting the permissions of a hundred devices takes long. */
  #neededBy(members: readonly GroupMember[]): ReturnType<typeof confinementOf> {
    const plans = members.map(({ plan }) => plan);
    const known = this.#needed;
    if (known?.plans.length === plans.length && plans.every((plan, i) => plan === known.plans[i])) {
      return known.confinement;
    }
    const confinement = confinementOf(members);
    this.#needed = { plans, confinement };
    return confinement;
  }

  disturbedBy(id: string, plan: Plan): string[] {
    const replaced = this.#replacedBy(plan).flatMap(({ process }) => process.hosts);
    const devices = new Set(replaced.map(({ context }) => `${context.device_id}`));
    devices.delete(id);
    return [...devices];
  }

  /** The running processes that a new process for the plan would replace; none if a running process can run the plan. */
  #replacedBy(plan: Plan): Running[] {
    const running = this.#running.filter(({ process }) => !process.isEnding);
    if (running.some((it) => canRun(it, plan))) return [];
    return running.filter((it) => !this.#mayDivide || sharesAddress(it, plan));
  }

  /** Opens a seat for a device, with the driver loaded. Rejects, and leaves no seat, when the signal aborts. */
  async open(id: string, plan: Plan, events: HostEvents, signal?: AbortSignal): Promise<Host> {
    const driver = plan.source.shareable!;
    const attempt = `Cannot load the driver of "${id}"`;
    const host = await this.#turns.run(async () => {
      const { process, devices } = await this.#fitting(plan);
      devices.add(id);
      return process.open({ name: `"${id}"`, context: { device_id: id } }, events);
    }, signal);
    try {
      const input = driver.isText ? await driver.load() : { file: driver.file };
      await host.request("load", { ...input, describe: false }, { attempt, limitMs: LOAD_LIMIT_MS, signal });
      return host;
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /** The running process that can run a device of a group that may divide; `undefined` if a new one must start. */
  #runningOf({ id, plan }: GroupMember): Running | undefined {
    if (!this.#mayDivide) return undefined;
    const able = this.#running.filter((running) => canRun(running, plan));
    return able.find(({ devices }) => devices.has(id)) ?? able[0];
  }

  /** A running process that can run the plan; else a new one, which replaces those that cannot stay beside it. */
  async #fitting(plan: Plan): Promise<Running> {
    this.#running = this.#running.filter(({ process }) => !process.isEnding);
    const found = this.#running.find((running) => canRun(running, plan));
    if (found) return found;
    const replaced = this.#replacedBy(plan);
    this.#running = this.#running.filter((running) => !replaced.includes(running));
    for (const running of replaced) await this.#end(running);
    const started = await this.#start();
    this.#running.push(started);
    return started;
  }

  /** Ends a process. Its devices connect again, in the next process. */
  async #end({ process }: Running): Promise<void> {
    const inside = new Set(process.hosts.map(({ context }) => context.device_id));
    if (inside.size === 0) await process.close();
    if (!process.isEnding) {
      for (const member of this.#members()) if (inside.has(member.id)) member.replacePlan(member.plan);
    }
    await deadline(process.closed, MAX_LEAVE_MS).catch(() => process.close());
  }

  async #start(): Promise<Running> {
    const members = this.#members().filter((member) => member.plan.source.shareable && !this.#runningOf(member));
    const drivers = new Set(members.map(({ plan }) => plan.source));
    const shareable = Array.from(drivers, ({ shareable }) => shareable!).filter(({ isText }) => !isText);
    const { permissions, memoryBytes } = confinementOf(members);
    for (;;) {
      const loads = await Promise.all(shareable.map((driver) => driver.load()));
      const imports = await Promise.all(shareable.map((driver) => driver.imports()));
      const process = this.#startProcess({
        permissions,
        imports: imports.flat(),
        memoryBytes,
        heartbeatTimeoutMs: Math.max(...members.map(({ confinement }) => confinement.heartbeatTimeoutMs)),
        drivers: loads.length,
        runtime: await linkedRuntime(),
        // All drivers of a group have the same program.
        host: await shareable[0]?.program?.(),
        blockingMs: Math.max(0, ...shareable.map(({ blockingMs = 0 }) => blockingMs)),
      });
      // A driver that cannot be loaded fails again, and visibly, when its devices load it.
      await Promise.allSettled(loads.map((input) => process.load({ ...input, describe: false }, LOAD_LIMIT_MS)));
      const isCurrent = await Promise.all(shareable.map((driver, i) => driver.isLoaded(loads[i])));
      if (isCurrent.every((it) => it)) return { process, drivers, permissions, memoryBytes, devices: new Set() };
      // A file has changed meanwhile.
      await process.close();
    }
  }

  /** @throws {LabError} `Unavailable`, if the machine can start no process. */
  #startProcess({ drivers, ...options }: Omit<ProcessOptions, "name"> & { drivers: number }): DriverProcess {
    try {
      const { name } = this;
      return new DriverProcess({ ...options, name, shared: { drivers, output: this.#output } });
    } catch (error) {
      throw unavailable(error, `Cannot start the process of ${this.name}`) ?? error;
    }
  }
}

/** The permissions of devices together, and the largest of their memory limits. */
function confinementOf(members: readonly GroupMember[]) {
  return {
    permissions: members.map(({ plan }) => plan.permissions).reduce(unitePermissions, {}),
    memoryBytes: Math.max(...members.map(({ confinement }) => confinement.memoryBytes)),
  };
}

function canRun({ process, drivers, permissions }: Running, { source, permissions: asked }: Plan): boolean {
  if (process.isEnding || !(source.shareable?.isText || drivers.has(source))) return false;
  return Object.keys(missingPermissions(asked, permissions)).length === 0;
}

/** True if the process may reach an address of the plan: its devices share the connections to that address. */
function sharesAddress({ permissions }: Running, { permissions: asked }: Plan): boolean {
  const missing = missingPermissions(asked, permissions);
  return (["net", "serial"] as const).some((kind) => {
    const [all = [], others = []] = [asked[kind], missing[kind]];
    if (all === true) return permissions[kind] !== undefined;
    return others !== true && others.length < all.length;
  });
}
