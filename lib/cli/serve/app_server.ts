import { getLogger } from "@logtape/logtape";
import { addressList } from "../../access/client_address.ts";
import { deadline } from "../../async/mod.ts";
import type { Bench } from "../../bench/bench.ts";
import type { LabError } from "../../errors.ts";
import type { App } from "../../http/app.ts";
import { type Addresses, addresses } from "./listening/addresses.ts";
import { type Certificate, firstCertificate, watchCertificate } from "./listening/certificate.ts";
import { Connections, limitsFor } from "./listening/connections.ts";
import { listen } from "./listening/listen.ts";
import { Listener } from "./listening/listener.ts";
import { serviceManager } from "./service_manager.ts";

/** The grace period of connections at shutdown. */
const CONNECTION_GRACE_MS = 1_000;

const logger = getLogger("labdaemon");

/** The addresses of an app, and its port. */
export interface ServedAddresses extends Addresses {
  port: number;
}

/** Serves an app at the address of a bench file: from its certificate to the end of its last connection. */
export class AppServer {
  /** The open connections, and their limits. */
  readonly connections: Connections;
  readonly #bench: Bench;
  readonly #manager = serviceManager();
  readonly #stop = new AbortController();
  #certificate: Certificate | undefined;
  #listener!: Listener;
  #closed: Promise<void> = Promise.resolve();

  private constructor(bench: Bench, descriptors: number | undefined) {
    this.#bench = bench;
    this.connections = new Connections(limitsFor(descriptors), addressList(bench.trustedProxies));
  }

  /**
   * Reads the certificate.
   *
   * @param descriptors The limit of file descriptors, if it is known.
   * @throws {LabError} `InvalidRequest` for one that cannot be used.
   */
  static async prepare(bench: Bench, descriptors: number | undefined): Promise<AppServer> {
    const server = new AppServer(bench, descriptors);
    server.#certificate = bench.tls && await firstCertificate(bench.tls);
    return server;
  }

  /** Aborts when the server stops. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Listens, and returns the addresses.
   *
   * @throws {LabError} `InvalidRequest`, if it cannot.
   */
  listen(app: App): ServedAddresses {
    const content = { app, bench: this.#bench, connections: this.connections };
    this.#listener = new Listener((port) => listen({ ...content, certificate: this.#certificate }, port));
    const { hostname, port } = this.#listener.addr;
    const isEncrypted = this.#certificate !== undefined;
    return { ...addresses({ hostname, port, isEncrypted }, () => Deno.networkInterfaces()), port };
  }

  /** Notifies the service manager that the app is reached, and follows changes of the certificate. */
  ready(url: string): void {
    this.#manager.ready(`Listening on ${url}`);
    if (!this.#bench.tls) return;
    watchCertificate(this.#bench.tls, (changed) => {
      this.#certificate = changed;
      return this.#listener.renew();
    }, this.signal);
  }

  /** Resolves when the program is to end: to the failure that ends it, if the app cannot be reached any more. */
  async over(stopped: Promise<void>): Promise<LabError | undefined> {
    const over = Promise.race([stopped, this.#listener.failed]);
    const failure = await over.then(() => undefined, (error: LabError) => error);
    if (failure) logger.fatal("{error}", { error: failure.message });
    return failure;
  }

  /** Accepts no more connections. */
  stop(): void {
    this.#manager.stopping();
    this.#stop.abort();
    this.connections.stop();
    this.#closed = this.#listener.shutdown();
  }

  /** Resolves when all connections are closed, or a second after: a client that stopped reading would keep its own for ever. */
  async closed(): Promise<void> {
    await deadline(this.#closed, CONNECTION_GRACE_MS).catch(() => {});
  }
}
