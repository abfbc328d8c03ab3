import { deadline } from "../async/mod.ts";

/** A figure older than this one is replaced. */
const MAX_AGE_MS = 1_500;

/** The limit of one reading. */
const LIMIT_MS = 5_000;

/**
 * Prints the kernel's figures at each line of its input: the group and the resident memory of every process of this
 * machine. One shell for all devices: opening anything under /proc would need all permissions. `ps` is for systems
 * without /proc.
 */
const SCRIPT = `
while read -r _; do
  if [ -r /proc/self/status ]; then command -p grep -shE '^(NSpgid|VmRSS):' /proc/[0-9]*/status
  else command -p ps -axo pgid=,rss= 2>/dev/null
  fi
  echo end
done
`;

const encoder = new TextEncoder();

/** Bytes of resident memory by process group, at the last reading. */
let memory = new Map<number, number>();
let readAt = -Infinity;
let reading: Promise<void> | undefined;
let users = 0;
let shell: ReturnType<typeof startShell> | undefined;

/** The memory of one process group, as the kernel counts it. */
export interface GroupMemory extends AsyncDisposable {
  /**
   * In bytes, a few seconds old at most, of all processes of the group. Pages that they share count for each.
   * `undefined` as long as the kernel has given no figure.
   */
  read(): number | undefined;
}

/** Reads the memory of a process group, until it is disposed. */
export function watchGroupMemory(group: number): GroupMemory {
  users++;
  refresh();
  let isOpen = true;
  return {
    read() {
      refresh();
      return memory.get(group);
    },
    async [Symbol.asyncDispose]() {
      const isLast = isOpen && --users === 0;
      isOpen = false;
      if (isLast) await endShell();
    },
  };
}

function refresh(): void {
  if (reading || performance.now() - readAt < MAX_AGE_MS) return;
  reading = readAll().then((found) => {
    memory = found;
    readAt = performance.now();
  }).catch(() => endShell()).finally(() => reading = undefined);
}

async function readAll(): Promise<Map<number, number>> {
  const { stdin, lines } = shell ??= startShell();
  await stdin.write(encoder.encode("\n"));
  return parseMemory(await deadline(lines.next(), LIMIT_MS));
}

function startShell() {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT],
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    // In a group of its own: Ctrl-C on the terminal must not end it.
    detached: true,
  }).spawn();
  return { child, stdin: child.stdin.getWriter(), lines: new Answers(child.stdout) };
}

/** A shell that fails is started again at the next reading. */
async function endShell(): Promise<void> {
  if (!shell) return;
  const { child, stdin, lines } = shell;
  shell = undefined;
  memory = new Map();
  readAt = performance.now();
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  await Promise.allSettled([stdin.abort(), lines.cancel(), child.status]);
}

/** The answers of the shell, each up to its line `end`. */
class Answers {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(source: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = source.pipeThrough(new TextDecoderStream()).getReader();
  }

  async next(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("end\n");
      if (end !== -1) {
        const answer = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 4);
        return answer;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("the reader of memory has ended");
      this.#text += value;
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

/**
 * Sums the resident memory by process group, in bytes.
 *
 * @param text Lines `NSpgid: <group> …`, each followed by `VmRSS: <n> kB` if the process has memory; or lines
 * `<group> <kB>`.
 */
export function parseMemory(text: string): Map<number, number> {
  const found = new Map<number, number>();
  let group = NaN;
  for (const line of text.split("\n")) {
    const [first, second] = line.trim().split(/\s+/);
    if (first === "NSpgid:") group = Number(second);
    else if (first === "VmRSS:") add(found, group, Number(second));
    else add(found, Number(first), Number(second));
  }
  return found;
}

function add(found: Map<number, number>, group: number, kibibytes: number): void {
  if (group > 0 && kibibytes >= 0) found.set(group, (found.get(group) ?? 0) + kibibytes * 1024);
}
