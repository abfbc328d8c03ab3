import type { DriverStatus } from "../../wire/driver.ts";
import type { Document, DocumentedBench } from "./document.ts";
import type { Operation } from "./operation.ts";

/** Loaded at the first use: no device waits for the descriptions of the routes. */
const descriptions = () => import("./document.ts");

/** The document of an app's routes, made at the first use: most starts of a daemon end without one. */
export class RoutesDocument {
  readonly #version: string;
  readonly #more: Record<string, Operation> | undefined;
  #made: Promise<Document> | undefined;

  constructor(version: string, more?: Record<string, Operation>) {
    this.#version = version;
    this.#more = more;
  }

  get(): Promise<Document> {
    return this.#made ??= this.#make();
  }

  /** Each method and path, with its summary. */
  async endpoints(): Promise<Record<string, string>> {
    const { endpointsOf } = await descriptions();
    return endpointsOf(await this.get());
  }

  /** In steps, between which the daemon serves: all at once would delay the streams by 0.1 s. */
  async #make(): Promise<Document> {
    const { describeInSteps } = await descriptions();
    const steps = describeInSteps(this.#version, this.#more);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** More devices have the general paths only: each costs 13 kB and a third of a millisecond. */
const MAX_DESCRIBED = 100;

/** The document of a bench as JSON text, which is made again when its drivers or its described devices have changed. */
export class BenchDocument {
  readonly #routes: Document;
  #parts: unknown[] = [];
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  constructor(routes: Document) {
    this.#routes = routes;
  }

  /** The text for the present drivers and devices, in UTF-8. */
  async bytes(
    drivers: DriverStatus[],
    devices: DocumentedBench["devices"],
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { describeBench } = await descriptions();
    const described = devices.slice(0, MAX_DESCRIBED);
    const parts = [
      ...drivers.flatMap((
        { name, status, params, methods, properties },
      ) => [name, status, params, methods, properties]),
      ...described.flatMap(({ id, driver, sample }) => [id, driver, sample]),
    ];
    const isSame = parts.length === this.#parts.length && parts.every((part, i) => part === this.#parts[i]);
    if (!this.#bytes || !isSame) {
      const document = describeBench(this.#routes, { drivers, devices: described });
      this.#bytes = new TextEncoder().encode(JSON.stringify(document));
      this.#parts = parts;
    }
    return this.#bytes;
  }
}
