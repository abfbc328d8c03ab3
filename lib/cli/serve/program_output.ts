import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../errors.ts";
import { SecretIndex } from "../../format/secret_index.ts";
import type { LogSettings } from "../../log/log_settings.ts";
import { type Log, startLog } from "../../log/start_log.ts";
import { Printer } from "./printer.ts";

/** The time in which the last lines are flushed. */
const FLUSH_MS = 500;

const logger = getLogger("labdaemon");

/**
 * The lines that the program writes: those for a person on standard output, and the log on standard error. A log on standard
 * output has that for itself: the lines for a person then go nowhere.
 */
export class ProgramOutput {
  readonly #stdout = new Printer(
    Deno.stdout,
    (dropped) => this.#isLogOnStdout ? logDropped(dropped) : this.print(droppedLines(dropped)),
  );
  readonly #stderr = new Printer(Deno.stderr, logDropped);
  #isLogOnStdout = false;
  /** Undefined until the log's settings are known. */
  #log: Log | undefined;
  /** The secrets in the params of the bench file and of all devices: no line of the log shows them. */
  secrets: () => SecretIndex = () => new SecretIndex([]);

  /** True if the lines for a person go nowhere. */
  get isLogOnStdout(): boolean {
    return this.#isLogOnStdout;
  }

  /** Opens the log. */
  async openLog(settings: LogSettings): Promise<void> {
    this.#isLogOnStdout = settings.output === "stdout";
    const isTerminal = (this.#isLogOnStdout ? Deno.stdout : Deno.stderr).isTerminal();
    this.#log = await startLog(settings, {
      isTerminal,
      color: isTerminal && !Deno.noColor,
      write: (text) => (this.#isLogOnStdout ? this.#stdout : this.#stderr).print(text),
      secrets: () => this.secrets(),
    });
  }

  /** Prints a line for a person. */
  print(line: string): void {
    if (!this.#isLogOnStdout) this.#stdout.print(`${line}\n`);
  }

  /** Writes to standard output, as the help does before there is a log. */
  out(text: string): void {
    this.#stdout.print(text);
  }

  /** Writes to standard error. */
  err(text: string): void {
    this.#stderr.print(text);
  }

  /** Reports why the program ends. */
  fail(error: unknown): void {
    if (this.#log?.format === "json") logger.fatal("{error}", { error: messageOf(error) });
    else this.err(`${messageOf(error)}\n`);
  }

  /**
   * Leaves the first lines of the log out on a terminal, where the start-up message repeats them, until the returned function
   * is called.
   */
  omitStartup(): () => void {
    const isRepeated = !this.#isLogOnStdout && Deno.stdout.isTerminal() && Deno.stderr.isTerminal();
    return isRepeated ? this.#log!.omitStartup() : () => {};
  }

  /** Writes the lines that the log has gathered. */
  flushLog(): void {
    this.#log!.flush();
  }

  /** Resolves when all is written, or after a short time. */
  async flush(): Promise<void> {
    await Promise.all([this.#stdout.flush(FLUSH_MS), this.#stderr.flush(FLUSH_MS)]);
  }
}

function logDropped(dropped: number): void {
  logger.error("{line}", { line: droppedLines(dropped), dropped });
}

function droppedLines(count: number): string {
  return `… ${count} log lines dropped: the output was blocked or full`;
}
