import { LabError } from "../errors.ts";
import { mebibytes } from "./heartbeat.ts";

/** The first words of Deno's message when it exits with an error. */
const ERROR = "error: ";

/** V8's message when it exits because its heap is full. */
const OUT_OF_MEMORY = /^# Fatal (JavaScript|process) out of memory|^FATAL ERROR: .*out of memory/;

/** Python's message when it ends because of a fault in native code. */
const FATAL = /^Fatal Python error: (.*)$/;

/** A place behind that message; not one of a library. */
const PLACE = /^ {2}File "(?!.*(?:\/lib\/python|site-packages|\/labdaemon\/host\/))(?:.*\/)?([^"/]+)", line (\d+) in /;

/** The signals of faults in native code: a process within bubblewrap exits with 128 and the number. */
const FAULTS: Readonly<Record<number, string>> = { 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV" };

/** Options of {@linkcode ExitReason}. */
export interface ExitReasonOptions {
  /** The owner of the process, for messages: `"daq1"` or `streaming_daq.ts`. */
  name: string;
  /** Goes into the context of the errors. */
  context: Record<string, unknown>;
  /** The memory limit, in bytes. */
  memoryBytes: number;
}

/**
 * The reason why a driver's process ends. The first reason counts; without one, the output and the exit status of the process do.
 */
export class ExitReason {
  readonly #options: ExitReasonOptions;
  #error: LabError | undefined;
  #isOutOfMemory = false;
  #lastError = "";
  /** The fault in native code, and its place as soon as that is known. */
  #fatal = "";
  #fatalPlace = "";

  constructor(options: ExitReasonOptions) {
    this.#options = options;
  }

  /** The reason, as far as it is known. */
  get error(): LabError | undefined {
    return this.#error;
  }

  /** The process ends because of this error. */
  set(code: "DeviceNotConnected" | "DriverError", message: string, { type, context }: ReasonDetails = {}): LabError {
    return this.#error ??= new LabError(code, message, { type, context: { ...this.#options.context, ...context } });
  }

  /** Notes a failure of the process. `what` describes it, and follows the process's name in the message. */
  fail(type: string, what: string, context?: Record<string, unknown>): LabError {
    return this.set("DriverError", `The process of ${this.#options.name} ${what}`, { type, context });
  }

  /** Reads a line of the process's output, which may say why it exits. */
  readLine(line: string): void {
    if (line.startsWith(ERROR)) this.#lastError = `: ${line.slice(ERROR.length)}`;
    else if (OUT_OF_MEMORY.test(line)) this.#isOutOfMemory = true;
    const [, fatal] = FATAL.exec(line) ?? [];
    if (fatal !== undefined) this.#fatal = `: ${fatal}`;
    const [, file, number] = this.#fatal && !this.#fatalPlace && PLACE.exec(line) || [];
    if (file !== undefined) this.#fatalPlace = ` (${file}:${number})`;
  }

  /** The process has exited. */
  exited({ code, signal: own }: Deno.CommandStatus): LabError {
    if (this.#isOutOfMemory) {
      return this.fail("OutOfMemory", `ran out of memory; its limit is ${mebibytes(this.#options.memoryBytes)}`);
    }
    const signal = own ?? (this.#fatal && FAULTS[code - 128]);
    return this.fail(
      "ProcessExited",
      signal ? `was ended by ${signal}${this.#fatal}${this.#fatalPlace}` : `exited with code ${code}${this.#lastError}`,
    );
  }
}

interface ReasonDetails {
  type?: string;
  context?: Record<string, unknown>;
}
