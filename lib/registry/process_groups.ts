import { type HostEvents, IGNORE_EVENTS } from "../host/host.ts";
import type { GroupOptions } from "./plan.ts";
import { type GroupMember, ProcessGroup } from "./process_group.ts";

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

  /** The group of a name, and of a driver if one is given. A name that is new makes one. */
  get(name: string, { mayDivide = false, driver, program }: GroupOptions = {}): ProcessGroup {
    const key = JSON.stringify([name, driver, program]);
    const found = this.#groups.get(key);
    if (found) return found;
    const members = () => this.#devices().filter(({ plan }) => plan.group === group);
    const group: ProcessGroup = new ProcessGroup({ name, mayDivide }, members, this.#output(name));
    this.#groups.set(key, group);
    return group;
  }
}
