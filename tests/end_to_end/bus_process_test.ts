/** Four units behind a gateway that takes one connection. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { Watch } from "../support/watch.ts";
import { until } from "../support/until.ts";

const DRIVER = `
import { z } from "zod";
import { connectLines, defineDriver, share } from "labdaemon/driver";

export default defineDriver({
  name: "Oven",
  params: z.object({ host: z.string(), port: z.number(), unit: z.number() }),
  options: z.object({ sample_rate: z.number().default(50) }),
  permissions: ({ host, port }) => ({ net: [\`\${host}:\${port}\`] }),
  bus: ({ host, port }) => \`tcp:\${host}:\${port}\`,
  create({ host, port, unit }) {
    const wire = share(
      \`lines \${host}:\${port}\`,
      (signal) => connectLines({ hostname: host, port, signal, timeoutMs: 300 }),
      (connection) => connection.close(),
    );
    return {
      connect: (signal) => wire.connect(signal),
      disconnect: () => wire.disconnect(),
      read: (signal) => wire.use((connection) => connection.query(\`T\${unit}?\`), signal),
    };
  },
});
`;

/** A gateway that answers for its units, one after the other, and closes every further connection at once. */
class Gateway implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done = this.#serve();
  #current: Deno.TcpConn | undefined;
  /** The number of connections that were taken, and of those that were refused. */
  taken = 0;
  refused = 0;
  /** This unit does not answer. */
  silent: string | undefined;

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** Pulls the cable, and puts it back. */
  pull(): void {
    const connection = this.#current;
    this.#current = undefined;
    connection?.close();
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) {
      if (this.#current) {
        this.refused++;
        connection.close();
      } else {
        this.taken++;
        this.#current = connection;
        this.#answer(connection);
      }
    }
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    try {
      for await (const line of lines(connection)) {
        const unit = line.slice(1, -1);
        if (unit !== this.silent) await connection.write(new TextEncoder().encode(`unit ${unit}\n`));
      }
    } catch {
      // The cable was pulled.
    }
    // The end of its bytes has closed it.
    if (this.#current === connection) this.#current = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.pull();
    await this.#done;
  }
}

async function* lines(connection: Deno.TcpConn): AsyncGenerator<string> {
  let rest = "";
  for await (const bytes of connection.readable) {
    const parts = (rest + new TextDecoder().decode(bytes)).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

Deno.test("four devices on an instrument that takes one connection: turns, a silent unit, and a pulled cable", async (test) => {
  await using gateway = new Gateway();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/oven.ts`, DRIVER);
  const gw = { host: "127.0.0.1", port: gateway.port };
  await using daemon = new LabDaemon({ buses: { gw } });
  try {
    await daemon.loadDrivers(folder);
    const units = await Promise.all([1, 2, 3, 4].map((unit) =>
      daemon.addDevice(`oven${unit}`, "Oven", { unit }, {
        bus: "gw",
        streaming: "always",
        restart: { initialDelayMs: 1, maxDelayMs: 200 },
      })
    ));
    const watches = units.map((device) => new Watch(device));
    await Promise.all(units.map((device) => device.connect()));
    await test.step("all stream over one connection, each its own answers", async () => {
      for (const watch of watches) for (let n = 0; n < 5; n++) await watch.sample();
      equal(watches.map(({ samples }) => new Set(samples)), [1, 2, 3, 4].map((unit) => new Set([`unit ${unit}`])));
      equal([gateway.taken, gateway.refused], [1, 0]);
    });
    await test.step("a silent unit fails alone", async () => {
      gateway.silent = "3";
      await watches[2].state("retrying");
      const others = [0, 1, 3];
      for (const i of others) for (let n = 0; n < 5; n++) await watches[i].sample();
      equal(others.map((i) => units[i].status().restarts), [0, 0, 0]);
      gateway.silent = undefined;
      await watches[2].state("streaming");
      equal((await watches[2].sample()).payload, "unit 3");
    });
    await test.step("after a pulled cable all stream again, over one connection", async () => {
      const before = gateway.taken;
      gateway.pull();
      await until("a new connection", () => gateway.taken > before);
      for (const watch of watches) for (let n = 0; n < 5; n++) await watch.sample();
      ok(gateway.taken > before);
      equal(gateway.refused, 0);
      equal(units.map(({ state }) => state), ["streaming", "streaming", "streaming", "streaming"]);
    });
    for (const watch of watches) watch[Symbol.dispose]();
  } finally {
    await daemon.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});
