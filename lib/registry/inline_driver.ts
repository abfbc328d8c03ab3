import { describeDriver } from "../host/runtime/describe.ts";
import type { Driver } from "../driver/mod.ts";
import { parseInput } from "../host/parse_input.ts";
import type { Confinement } from "../host/child_process.ts";
import type { Host, HostEvents } from "../host/host.ts";
import { InlineHost } from "../host/runtime/inline_host.ts";
import type { DriverSource } from "./driver_source.ts";

/** A driver that a script registered. Its devices run in this process. */
export class InlineDriver implements DriverSource {
  readonly description;
  readonly isInline = true;
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
    this.description = describeDriver(driver);
  }

  checkParams(raw: unknown, attempt: string) {
    return Promise.try(() => {
      const params = parseInput(this.#driver.params, raw, attempt);
      return { params, permissions: this.#driver.permissions(params) };
    });
  }

  checkOptions(options: unknown, attempt: string) {
    return Promise.try(() => parseInput(this.#driver.options, options, attempt));
  }

  async open(_deviceId: string, _confinement: Confinement, events: HostEvents): Promise<Host> {
    const host = new InlineHost(this.#driver, events);
    await host.request("load", { file: "", describe: false }, { attempt: `Cannot load ${this.#driver.name}` });
    return host;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
