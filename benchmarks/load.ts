import { end, launch, type Program } from "./launch.ts";
import type { GroupReport, LoadAnswer, LoadCommand, LoadSpec, ReaderGroup } from "./load/spec.ts";
import type { Account } from "./load/event_verifier.ts";
import type { Machine } from "./machine.ts";

export type { GroupReport, ReaderGroup };

const MAIN = decodeURIComponent(new URL("./load/main.ts", import.meta.url).pathname);
const READY_LIMIT_MS = 120_000;
const encoder = new TextEncoder();

/** A process full of readers, all of them open. */
export class Load implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  readonly #lastWords: string[];

  private constructor({ child, lines, lastWords }: Program) {
    this.#child = child;
    this.#commands = child.stdin.getWriter();
    this.#answers = lines.getReader();
    this.#lastWords = lastWords;
  }

  /**
   * Opens the readers, and resolves when each of them has a sample (or, without `awaitSamples`, its answer).
   *
   * @throws {Error} if that takes too long.
   */
  static async open(
    machine: Machine,
    port: number,
    groups: ReaderGroup[],
    { awaitSamples = true }: { awaitSamples?: boolean } = {},
  ): Promise<Load> {
    const wanted = groups.reduce((sum, { readers }) => sum + readers, 0);
    if (wanted + 100 > machine.openFiles) {
      throw new Error(
        `Cannot open ${wanted} readers: this system allows ${machine.openFiles} open files for a process; ` +
          `raise the hard limit (ulimit -Hn) to ${wanted + 100}`,
      );
    }
    const spec: LoadSpec = { port, groups, awaitSamples };
    const load = new Load(launch(machine, "load", ["run", "-A", MAIN, JSON.stringify(spec)]));
    const timer = setTimeout(() => load.#child.kill("SIGKILL"), READY_LIMIT_MS);
    try {
      await load.#answer();
      return load;
    } catch (error) {
      await load[Symbol.asyncDispose]();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Counts from now on. */
  async begin(): Promise<void> {
    await this.#ask({ op: "begin" });
  }

  /** The counts of the groups since {@linkcode begin}. */
  async end(): Promise<Record<string, GroupReport>> {
    const answer = await this.#ask({ op: "end" });
    return "report" in answer ? answer.report : {};
  }

  /** Waits until every reader expects the sample `next`, and returns how many do, and each device's account. */
  async settle(next: number, limit = 10_000): Promise<{ settled: number; accounts: Account[] }> {
    const answer = await this.#ask({ op: "settle", next, limit });
    return "settled" in answer ? answer : { settled: 0, accounts: [] };
  }

  /** Waits until no reader is more than `lag` milliseconds behind. Resolves to false if one still is after `limit`. */
  async catchUp(lag: number, limit = 60_000): Promise<boolean> {
    const answer = await this.#ask({ op: "catch-up", lag, limit });
    return "caughtUp" in answer && answer.caughtUp;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#commands.releaseLock();
    await end(this.#child);
    await this.#answers.cancel();
  }

  async #ask(command: LoadCommand): Promise<LoadAnswer> {
    await this.#commands.write(encoder.encode(`${JSON.stringify(command)}\n`));
    return await this.#answer();
  }

  async #answer(): Promise<LoadAnswer> {
    const { value } = await this.#answers.read();
    const answer: LoadAnswer = value
      ? JSON.parse(value)
      : { failed: `it ended, or was not ready in ${READY_LIMIT_MS} ms` };
    if ("failed" in answer) throw new Error(["The load process failed:", answer.failed, ...this.#lastWords].join("\n"));
    return answer;
  }
}
