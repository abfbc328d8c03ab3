import { deadline, Mutex } from "../async/mod.ts";
import type { Confinement } from "../host/child_process.ts";
import { DriverProcess } from "../host/driver_process.ts";
import { type Host, type HostEvents, IGNORE_EVENTS } from "../host/host.ts";
import { missingPermissions, unitePermissions } from "../host/grants.ts";
import { unavailable } from "../host/unavailable.ts";
import type { Permissions } from "../wire/driver.ts";
import type { DriverSource } from "./driver_source.ts";
import type { DeviceGroup, Plan } from "./plan.ts";

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

/** A process that runs, and what it can run. */
interface Running {
  process: DriverProcess;
  drivers: ReadonlySet<DriverSource>;
  permissions: Permissions;
}

/**
 * The devices that share one process: those of a bus, or those that the bench file puts together. It starts the process at
 * the first connection, with the permissions and the drivers of all members, and the last device that disconnects ends it.
 */
export class ProcessGroup implements DeviceGroup {
  /** For people: `bus "rs485"`. */
  readonly name: string;
  readonly #members: () => GroupMember[];
  readonly #output: Pick<HostEvents, "print" | "dropped">;
  readonly #turns = new Mutex();
  #running: Running | undefined;

  /**
   * @param members Finds the devices that are planned for the group.
   * @param output Takes the lines that are of no device's console.
   */
  constructor(name: string, members: () => GroupMember[], output: Pick<HostEvents, "print" | "dropped">) {
    this.name = name;
    this.#members = members;
    this.#output = output;
  }

  /** The ids of its members. */
  get ids(): string[] {
    return this.#members().map(({ id }) => id);
  }

  /** The permissions of its process: of all members together. */
  get permissions(): Permissions {
    return this.#members().map(({ plan }) => plan.permissions).reduce(unitePermissions, {});
  }

  /** The memory limit of its process, in bytes: the largest of its members'. */
  get memoryBytes(): number {
    return Math.max(...this.#members().map(({ confinement }) => confinement.memoryBytes));
  }

  /** Opens a seat for a device, with the driver loaded. Rejects, and leaves no seat, when the signal aborts. */
  async open(id: string, plan: Plan, events: HostEvents, signal?: AbortSignal): Promise<Host> {
    const driver = plan.source.shareable!;
    const attempt = `Cannot load the driver of "${id}"`;
    const host = await this.#turns.run(async () => {
      const { process } = await this.#fitting(plan);
      return process.open({ name: `"${id}"`, context: { device_id: id } }, events);
    }, signal);
    try {
      await host.request("load", { file: driver.file }, { attempt, limitMs: LOAD_LIMIT_MS, signal });
      return host;
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /** The process, if it can run the plan; else another one that replaces it. */
  async #fitting(plan: Plan): Promise<Running> {
    const found = this.#running;
    if (found && !found.process.isEnding && canRun(found, plan)) return found;
    if (found) await this.#end(found);
    return this.#running = await this.#start();
  }

  /** Ends a process. Its devices connect again, in the next one. */
  async #end({ process }: Running): Promise<void> {
    const inside = new Set(process.hosts.map(({ context }) => context.device_id));
    if (inside.size === 0) await process.close();
    if (!process.isEnding) {
      for (const member of this.#members()) if (inside.has(member.id)) member.replacePlan(member.plan);
    }
    await deadline(process.closed, MAX_LEAVE_MS).catch(() => process.close());
  }

  async #start(): Promise<Running> {
    const members = this.#members().filter(({ plan }) => plan.source.shareable);
    const drivers = new Set(members.map(({ plan }) => plan.source));
    const shareable = Array.from(drivers, ({ shareable }) => shareable!);
    const permissions = this.permissions;
    for (;;) {
      const loads = await Promise.all(shareable.map((driver) => driver.load()));
      const imports = await Promise.all(shareable.map((driver) => driver.imports()));
      const process = this.#startProcess({
        permissions,
        imports: imports.flat(),
        memoryBytes: this.memoryBytes,
        heartbeatTimeoutMs: Math.max(...members.map(({ confinement }) => confinement.heartbeatTimeoutMs)),
        drivers: loads.length,
      });
      // One that cannot be loaded is its devices' failure: they try it themselves.
      await Promise.allSettled(loads.map((input) => process.load(input, LOAD_LIMIT_MS)));
      const isCurrent = await Promise.all(shareable.map((driver, i) => driver.isLoaded(loads[i])));
      if (isCurrent.every((it) => it)) return { process, drivers, permissions };
      // A file has changed meanwhile.
      await process.close();
    }
  }

  /** @throws {LabError} `Unavailable`, if the machine can start no process. */
  #startProcess({ drivers, ...options }: Confinement & { imports: URL[]; drivers: number }): DriverProcess {
    try {
      const { name } = this;
      return new DriverProcess({ ...options, name, shared: { drivers, output: this.#output } });
    } catch (error) {
      throw unavailable(error, `Cannot start the process of ${this.name}`) ?? error;
    }
  }
}

function canRun({ drivers, permissions }: Running, plan: Plan): boolean {
  return drivers.has(plan.source) && Object.keys(missingPermissions(plan.permissions, permissions)).length === 0;
}

/** The groups of a bench by their names. */
export class ProcessGroups {
  readonly #groups = new Map<string, ProcessGroup>();
  readonly #devices: () => GroupMember[];
  readonly #output: (group: string) => Pick<HostEvents, "print" | "dropped">;

  /** @param devices All devices of the bench. */
  constructor(
    devices: () => GroupMember[],
    output: (group: string) => Pick<HostEvents, "print" | "dropped"> = () => IGNORE_EVENTS,
  ) {
    this.#devices = devices;
    this.#output = output;
  }

  /** The group of a name. A name that is new makes one. */
  get(name: string): ProcessGroup {
    const found = this.#groups.get(name);
    if (found) return found;
    const members = () => this.#devices().filter(({ plan }) => plan.group === group);
    const group: ProcessGroup = new ProcessGroup(name, members, this.#output(name));
    this.#groups.set(name, group);
    return group;
  }
}
