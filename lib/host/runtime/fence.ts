import { LabError } from "../../errors.ts";

/** The number of the present owner of a device: commands of earlier owners have lower ones. */
export class Fence {
  #number = 0;
  #isLeased = false;

  /** True while the device is leased. */
  get isLeased(): boolean {
    return this.#isLeased;
  }

  /** @param isLeased False for a device that has no owner any more. */
  set(number: number, isLeased: boolean): void {
    if (number < this.#number) return;
    this.#number = number;
    this.#isLeased = isLeased;
  }

  /**
   * @param number The fence number of a command; the daemon's own commands have none.
   * @throws {LabError} `LeaseEnded` for a number below the present one.
   */
  assertCurrent(number: number | undefined, attempt: string): void {
    if (number !== undefined && number < this.#number) throw leaseEnded(attempt);
  }
}

/** The error of a command that an earlier owner has sent. */
export function leaseEnded(attempt: string): LabError {
  return new LabError("LeaseEnded", `${attempt}: the device has had another owner since; nothing was done`);
}
