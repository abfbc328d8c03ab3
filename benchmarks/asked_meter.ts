/** An instrument on TCP for `drivers/asked_meter.yaml`: it answers each line with a number. */
export class AskedMeter implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  constructor() {
    this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) this.#answer(connection);
  }

  async #answer(connection: Deno.Conn): Promise<void> {
    const reply = new TextEncoder().encode("M 1.234\n");
    const asked = new Uint8Array(256);
    try {
      while (await connection.read(asked) !== null) await connection.write(reply);
    } catch {
      // The driver's process has ended.
    } finally {
      connection.close();
    }
  }
}
