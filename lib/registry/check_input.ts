import { maskSecrets } from "../format/secrets.ts";
import type { CheckedParams } from "../host/protocol/protocol.ts";
import type { JsonSchema } from "../wire/driver.ts";
import type { DriverSource } from "./driver_source.ts";
import { type KeptChecks, MAX_CHECK_CHARS } from "./kept_checks.ts";

/**
 * The driver's answer to the input of a plan. The device's own process checks the params again: the answer is kept if
 * both are equal, and dropped otherwise.
 */
export class InputCheck {
  readonly #checks: KeptChecks;
  readonly #input: string;
  readonly #answer: string;
  readonly #isKept: boolean;

  constructor(checks: KeptChecks, input: string, answer: string, isKept: boolean) {
    this.#checks = checks;
    this.#input = input;
    this.#answer = answer;
    this.#isKept = isKept;
  }

  /** Compares the answer of the device's own process. Returns false if the plan is based on a kept one that differs. */
  stands(found: CheckedParams | null | undefined): boolean {
    const isSame = found !== undefined && found !== null && answerText(found) === this.#answer;
    if (isSame) this.#checks.keep(this.#input, this.#answer);
    else this.drop();
    return isSame || !this.#isKept;
  }

  /** Asks the driver again at the next plan. */
  drop(): void {
    this.#checks.drop(this.#input);
  }
}

/** The input of a device that its driver checks. */
export interface DeviceInput {
  params: Record<string, unknown>;
  options: Record<string, unknown>;
  /** The schema of the params by which their secrets are found. */
  schema: JsonSchema;
}

/**
 * Checks params and options: by the answer that is kept, else by the driver.
 *
 * @param attempt The beginning of an error's message.
 * @returns the answer, and its later check by the device's own process unless it must not be kept.
 * @throws {LabError} `InvalidRequest`, if params or options do not fit.
 */
export async function checkInput(
  source: DriverSource,
  { params, options, schema }: DeviceInput,
  attempt: string,
): Promise<{ found: CheckedParams; check?: InputCheck }> {
  const { checks } = source;
  const isOpen = checks && !hasSecrets(params, schema) && !hasSecrets(options, source.description.options);
  const input = isOpen && JSON.stringify([params, options]);
  const kept = input ? checks.find(input) : undefined;
  const found = kept ?? await source.checkParams(params, attempt);
  if (!kept && Object.keys(options).length > 0) await source.checkOptions(options, attempt);
  if (!input || hasSecrets(found.params, schema)) return { found };
  const answer = answerText(found);
  if (Math.max(input.length, answer.length) > MAX_CHECK_CHARS) return { found };
  return { found, check: new InputCheck(checks, input, answer, kept !== undefined) };
}

function answerText({ params, permissions, bus = null }: CheckedParams): string {
  return JSON.stringify({ params, permissions, bus });
}

/** True if a part of the value is masked when it is shown, as of a value that is too wide to be searched. */
function hasSecrets(value: Record<string, unknown>, schema: JsonSchema): boolean {
  return JSON.stringify(maskSecrets(value, schema)) !== JSON.stringify(value);
}
