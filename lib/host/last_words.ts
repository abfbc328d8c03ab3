/** What Deno begins with when it gives up. */
const ERROR = "error: ";

/** What V8 says before it gives up. */
const OUT_OF_MEMORY = /^# Fatal (JavaScript|process) out of memory|^FATAL ERROR: .*out of memory/;

/** Of all that a process says, what tells why it ended. */
export class LastWords {
  /** Whether it has used up its memory. */
  ranOut = false;
  #error = "";

  hear(line: string): void {
    if (line.startsWith(ERROR)) this.#error = `: ${line.slice(ERROR.length)}`;
    else if (OUT_OF_MEMORY.test(line)) this.ranOut = true;
  }

  /** How it ended, in words. */
  tell({ code, signal }: Deno.CommandStatus): string {
    return signal ? `was ended by ${signal}` : `exited with code ${code}${this.#error}`;
  }
}
