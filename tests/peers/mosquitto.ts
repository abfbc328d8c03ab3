import mqtt from "mqtt";
import { makeCertificates } from "../support/certificates.ts";
import { type Peer, run, startPeer } from "../support/peers.ts";

/** The options of a broker. */
export interface BrokerOptions {
  /** Encrypted, with a certificate of an authority of its own, and with a user `lab` whose password is `hunter2-and-more`. */
  tls?: boolean;
  /** Further lines of its configuration. */
  lines?: string;
  /** What its users may do, as in a file of rights. Without it, everything. */
  rights?: string;
}

/** A broker of mosquitto. */
export interface Mosquitto extends Peer {
  /** The certificate of its authority, in PEM. */
  readonly ca: string;
  /** A client that plays an instrument. The caller ends it. */
  instrument(options?: mqtt.IClientOptions): Promise<mqtt.MqttClient>;
}

/** Starts a broker. */
export async function mosquitto({ tls = false, lines = "", rights }: BrokerOptions = {}): Promise<Mosquitto> {
  const folder = await Deno.makeTempDir();
  // The broker gives up its rights as root.
  await Deno.chmod(folder, 0o755);
  const secured = tls ? await secure(folder) : "allow_anonymous true\n";
  if (rights !== undefined) {
    await Deno.writeTextFile(`${folder}/rights`, rights, { mode: 0o644 });
    lines += `\nacl_file ${folder}/rights`;
  }
  const peer = await startPeer({
    command: (port) => {
      Deno.writeTextFileSync(`${folder}/broker.conf`, `listener ${port} 127.0.0.1\nlog_type all\n${secured}${lines}\n`);
      return ["mosquitto", "-c", `${folder}/broker.conf`];
    },
    ready: /mosquitto version .* running/,
  });
  const ca = tls ? await Deno.readTextFile(`${folder}/ca.pem`) : "";
  const clients: mqtt.MqttClient[] = [];
  return Object.defineProperties(Object.create(peer), {
    ca: { value: ca },
    instrument: {
      value: async (options: mqtt.IClientOptions = {}) => {
        const client = await mqtt.connectAsync({ host: "127.0.0.1", port: peer.port, reconnectPeriod: 0, ...options });
        clients.push(client);
        return client;
      },
    },
    [Symbol.asyncDispose]: {
      value: async () => {
        for (const client of clients) await client.endAsync(true);
        await peer[Symbol.asyncDispose]();
        await Deno.remove(folder, { recursive: true });
      },
    },
  });
}

/** Makes an authority, a certificate for 127.0.0.1, and a user. Returns the lines for them. */
async function secure(folder: string): Promise<string> {
  const file = (name: string) => `${folder}/${name}`;
  await makeCertificates(folder);
  await run("mosquitto_passwd", "-b", "-c", file("users"), "lab", "hunter2-and-more");
  for (const name of ["key.pem", "users"]) await Deno.chmod(file(name), 0o644);
  return `cafile ${file("ca.pem")}\ncertfile ${file("cert.pem")}\nkeyfile ${file("key.pem")}\n` +
    `allow_anonymous false\npassword_file ${file("users")}\n`;
}
