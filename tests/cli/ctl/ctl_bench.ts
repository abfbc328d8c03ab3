import type { Fetch } from "../../../lib/client/mod.ts";
import type { Sink } from "../../../lib/cli/terminal/outlet.ts";
import { run } from "../../../lib/cli/ctl/run.ts";
import { RecordedScreen } from "./recorded_screen.ts";
import { within } from "../../support/until.ts";

/** The output of a program, with a reader that may wait, be slow, or close the pipe. */
export class RecordedSink implements Sink {
  readonly isTerminal: boolean;
  readonly screen = new RecordedScreen();
  /** As it was written. */
  text = "";
  /** The error of every further write, if set. */
  failure: Error | undefined;
  columns = 80;
  rows = 24;
  #wake = Promise.withResolvers<void>();

  constructor(isTerminal = false) {
    this.isTerminal = isTerminal;
  }

  size(): { columns: number; rows: number } {
    return { columns: this.columns, rows: this.rows };
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    this.text += text;
    if (this.isTerminal) this.screen.write(text);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    return Promise.resolve();
  }

  /** The lines that are whole. */
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** Waits until what was written is so. */
  async until(isSo: (sink: this) => boolean): Promise<void> {
    const written = async () => {
      while (!isSo(this)) await this.#wake.promise;
    };
    await within(written(), () => `not so: ${isSo}; it was written:\n${this.text}`);
  }
}

/** A command that runs. */
export interface RunningCtl {
  out: RecordedSink;
  err: RecordedSink;
  /** Ctrl-C. */
  interrupt(): void;
  code: Promise<number>;
}

/** The surroundings of a command. */
export interface CtlOptions {
  terminal?: boolean;
  env?: Record<string, string>;
}

/** Runs a command line against an app, without a socket and a process. */
export function startCtl(
  app: { fetch(request: Request): Response | Promise<Response> },
  args: string[],
  { terminal = false, env = {} }: CtlOptions = {},
): RunningCtl {
  const [out, err] = [new RecordedSink(terminal), new RecordedSink(terminal)];
  const enough = new AbortController();
  const fetch: Fetch = async (url, init) => await app.fetch(new Request(url, init));
  const code = run(args, { stdout: out, stderr: err, env: (name) => env[name], signal: enough.signal, fetch });
  return { out, err, interrupt: () => enough.abort(), code };
}

/** Runs it to its end. */
export async function ctl(
  app: { fetch(request: Request): Response | Promise<Response> },
  args: string[],
  options?: CtlOptions,
): Promise<{ code: number; out: string; err: string }> {
  const { out, err, code } = startCtl(app, args, options);
  return { code: await code, out: out.text, err: err.text };
}
