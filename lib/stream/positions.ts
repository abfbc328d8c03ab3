import { LabError, shortened } from "../errors.ts";
import type { Numbering } from "./numbering.ts";

/** The place of a reader of several devices, as it is parsed from an id. */
export interface Positions {
  epoch: string;
  /** The last sequence number of each device, -1 before the first. */
  sequences: Map<string, number>;
  /** The number of devices that had been added to the bench. Absent if none had been removed. */
  additions?: number;
}

/** Ids that would be longer name devices by their ordinals. In characters. */
const MAX_READABLE_LENGTH = 1_000;

/** The length of a sequence number that an id has room for. */
const MAX_DIGITS = 15;

/** One device in an id: `lead` and `place` are its part of the text. */
interface Member {
  readonly deviceId: string;
  readonly ordinal: number;
  sequence: number;
  lead: string;
  place: string;
}

/**
 * The place in every device's stream as one id: `k3f9;daq1:42;host1:-1`. An id of many devices is compact:
 * `k3f9;~0.17.1.a0;~9.4` gives, in base 36, the ordinal of a device and the next sequence numbers of that device and of those
 * with the following ordinals. `;+c` is the number of additions to the bench, once a device was removed. The place of the
 * event's own device comes last and holds.
 */
export class Places {
  readonly #numbering: Numbering;
  readonly #byId = new Map<string, Member>();
  /** In the order of the text; empty while it must be made again. */
  #members: Member[] = [];
  #isCompact = false;

  constructor(numbering: Numbering) {
    this.#numbering = numbering;
  }

  /** The last sequence number of a device; `undefined` if it is not in the ids. */
  get(deviceId: string): number | undefined {
    return this.#byId.get(deviceId)?.sequence;
  }

  set(deviceId: string, sequence: number): void {
    const member = this.#byId.get(deviceId);
    if (member) {
      member.sequence = sequence;
      member.place = this.#placeText(sequence);
    } else {
      this.#byId.set(deviceId, {
        ...{ deviceId, sequence, ordinal: this.#numbering.ordinalOf(deviceId) },
        ...{ lead: "", place: "" },
      });
      this.#members = [];
    }
  }

  delete(deviceId: string): void {
    if (this.#byId.delete(deviceId)) this.#members = [];
  }

  /** Formats the ids of a device's events, one after the other. The places of the others are as they are now. */
  idsOf(deviceId: string): (sequence: number) => string {
    if (this.#members.length === 0) this.#arrange();
    const { epoch, additions, hasRemovals } = this.#numbering;
    let others = epoch;
    for (const { deviceId: id, lead, place } of this.#members) {
      if (this.#isCompact || id !== deviceId) others += lead + place;
    }
    if (hasRemovals) others += `;+${additions.toString(36)}`;
    return (sequence) => `${others};${deviceId}:${sequence}`;
  }

  #arrange(): void {
    const members = [...this.#byId.values()];
    const length = members.reduce((sum, { deviceId }) => sum + deviceId.length + MAX_DIGITS + 2, 0);
    this.#isCompact = length > MAX_READABLE_LENGTH;
    if (this.#isCompact) members.sort((a, b) => a.ordinal - b.ordinal);
    for (const [i, member] of members.entries()) {
      const { deviceId, ordinal, sequence } = member;
      const isNext = i > 0 && members[i - 1].ordinal === ordinal - 1;
      member.lead = !this.#isCompact ? `;${deviceId}:` : isNext ? "." : `;~${ordinal.toString(36)}.`;
      member.place = this.#placeText(sequence);
    }
    this.#members = members;
  }

  #placeText(sequence: number): string {
    return this.#isCompact ? (sequence + 1).toString(36) : String(sequence);
  }
}

/**
 * Reads an id of {@linkcode Places}. Of a compact id of another epoch it reads the epoch only.
 *
 * @throws {LabError} `InvalidRequest`, if it is not of the form.
 */
export function parsePositions(id: string, numbering: Numbering): Positions {
  const [epoch, ...parts] = id.split(";");
  if (!/^[^-:]+$/.test(epoch)) throw unreadable(id);
  const positions: Positions = { epoch, sequences: new Map() };
  for (const part of parts) {
    const readable = /^(.+):(-1|\d{1,15})$/.exec(part);
    if (readable) positions.sequences.set(readable[1], Number(readable[2]));
    else if (/^~[0-9a-z]{1,9}(\.[0-9a-z]{1,10})+$/.test(part)) {
      const [first, ...places] = part.slice(1).split(".").map((text) => parseInt(text, 36));
      if (epoch !== numbering.epoch) continue;
      for (const [i, next] of places.entries()) {
        const deviceId = numbering.idOf(first + i);
        if (deviceId !== undefined) positions.sequences.set(deviceId, next - 1);
      }
    } else if (/^\+[0-9a-z]{1,9}$/.test(part)) positions.additions = parseInt(part.slice(1), 36);
    else throw unreadable(id);
  }
  return positions;
}

function unreadable(id: string): LabError {
  return new LabError(
    "InvalidRequest",
    `Cannot resume behind ${shortened(JSON.stringify(id))}: an id of several devices has the form k3f9;daq1:42;host1:7`,
  );
}
