/**
 * Independent peers: servers and instruments of other projects, which the tests of drivers and transports talk to. A test
 * that needs one fails where it is missing.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./ports.ts";
import { within } from "./until.ts";

/** The declaration of a peer. */
export interface PeerOptions {
  /** The program and its arguments. `port` is free; a program that chooses its own port ignores it. */
  command(port: number): string[];
  /** Matches its output once it listens. A group holds the port that the program has chosen. */
  ready: RegExp;
  env?: Record<string, string>;
}

/** A running peer. Its disposal ends it. */
export interface Peer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** All that it has printed so far. */
  readonly log: string;
  /** Resolves with the first match of its output, past and future. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again at the same port, after it was killed. */
  restart(): Promise<void>;
}

/** A free port may be taken by somebody else before the peer has it. */
const MAX_ATTEMPTS = 5;

const PORT_TAKEN = /address already in use|in use|errno 98/i;

/** Starts a peer and resolves as soon as it listens. */
export async function startPeer(options: PeerOptions): Promise<Peer> {
  for (let attempt = 1;; attempt++) {
    try {
      return await start(options, freePort());
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !PORT_TAKEN.test(String(error))) throw error;
    }
  }
}

async function start(options: PeerOptions, requested: number): Promise<Peer> {
  let running = new Running(options, requested);
  const found = await running.ready();
  const port = Number(found[1] ?? requested);
  return {
    port,
    get pid() {
      return running.pid;
    },
    get log() {
      return running.log;
    },
    printed: (pattern) => running.printed(pattern),
    kill: () => running.end("SIGKILL"),
    async restart() {
      running = new Running(options, port);
      await running.ready();
    },
    [Symbol.asyncDispose]: () => running.end("SIGTERM"),
  };
}

/** One process of a peer. */
class Running {
  log = "";
  readonly #child: Deno.ChildProcess;
  readonly #name: string;
  readonly #pattern: RegExp;
  readonly #ended: Promise<unknown>;
  #hasEnded = false;
  #waiting = Promise.withResolvers<void>();

  constructor({ command, ready, env }: PeerOptions, port: number) {
    const [program, ...args] = command(port);
    this.#name = [program, ...args].join(" ");
    this.#pattern = ready;
    this.#child = spawn(program, { args, env: { PYTHONUNBUFFERED: "1", ...env } });
    const { stdout, stderr, status } = this.#child;
    this.#ended = Promise.all([this.#read(stdout), this.#read(stderr), status]).then(() => {
      this.#hasEnded = true;
      this.#waiting.resolve();
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  async ready(): Promise<RegExpExecArray> {
    try {
      return await this.printed(this.#pattern);
    } catch (error) {
      await this.end("SIGKILL");
      throw error;
    }
  }

  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const printed = async () => {
      while (!this.#hasEnded && !pattern.test(this.log)) await this.#waiting.promise;
    };
    await within(printed(), () => this.#failure(`has not printed ${pattern}`));
    const found = pattern.exec(this.log);
    if (!found) throw new Error(this.#failure(`has ended and not printed ${pattern}`));
    return found;
  }

  async end(signal: Deno.Signal): Promise<void> {
    const kill = (signal: Deno.Signal) => {
      if (!this.#hasEnded) this.#child.kill(signal);
    };
    kill(signal);
    const timer = setTimeout(() => kill("SIGKILL"), 3_000);
    await this.#ended;
    clearTimeout(timer);
  }

  async #read(output: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of output) {
      this.log += decoder.decode(bytes, { stream: true });
      this.#waiting.resolve();
      this.#waiting = Promise.withResolvers();
    }
  }

  #failure(what: string): string {
    return `${this.#name} ${what}; its output:\n${this.log}`;
  }
}

function spawn(program: string, options: Deno.CommandOptions): Deno.ChildProcess {
  const path = `${Deno.env.get("PATH")}:/usr/sbin:/usr/local/sbin`;
  try {
    return new Deno.Command(program, {
      ...options,
      env: { ...options.env, PATH: path },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw new Error(`Cannot start ${program}: the tests need it; CONTRIBUTING.md names its package`, { cause });
  }
}

const [REQUIREMENTS, ALONE] = ["requirements.txt", "requirements_alone.txt"].map((name) =>
  fileURLToPath(new URL(`../peers/${name}`, import.meta.url))
);

let python: Promise<string> | undefined;

/**
 * The path of a Python that has the packages of `requirements.txt` and `requirements_alone.txt` in `tests/peers`: that of the
 * venv in `LABDAEMON_TEST_VENV`, or of one under the system's folder for temporary files, which is made by the first test
 * that needs it.
 */
export function peersPython(): Promise<string> {
  return python ??= findPython();
}

async function findPython(): Promise<string> {
  const given = Deno.env.get("LABDAEMON_TEST_VENV");
  if (given) return join(given, "bin/python");
  const venv = join(Deno.env.get("TMPDIR") ?? "/tmp", ".venv-tests");
  // Test files may run in parallel: the first one installs, the others wait here.
  using lock = await Deno.open(`${venv}.lock`, { create: true, write: true });
  await lock.lock(true);
  const wanted = await Deno.readTextFile(REQUIREMENTS) + await Deno.readTextFile(ALONE);
  const installed = join(venv, "installed.txt");
  if (await Deno.readTextFile(installed).catch(() => "") !== wanted) {
    // Another Python may have made the one that is there.
    await run("python3", "-m", "venv", "--clear", venv);
    const install = ["install", "-q", "--disable-pip-version-check"];
    await run(join(venv, "bin/pip"), ...install, "-r", REQUIREMENTS);
    await run(join(venv, "bin/pip"), ...install, "--no-deps", "-r", ALONE);
    await Deno.writeTextFile(installed, wanted);
  }
  return join(venv, "bin/python");
}

/** Runs a program to its end. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const child = spawn(program, { args });
  const { success, stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${[program, ...args].join(" ")} has failed: ${out}${err}`);
  return out;
}

/** The path of a program beside `tests/peers`, such as `modbus_server.py`. */
export function peerProgram(name: string): string {
  return fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
}
