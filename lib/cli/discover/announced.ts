import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { delay } from "../../async/mod.ts";
import { dnsQuery, type DnsRecord, dnsRecords } from "./dns.ts";

/** The services that instruments announce by multicast DNS. */
const SERVICES = ["_lxi._tcp", "_scpi-raw._tcp", "_vxi-11._tcp", "_hislip._tcp"] as const;

/** One service that a host announces. */
export interface Announced {
  service: string;
  /** The name of the instrument: `ACME PSU 1234`. */
  name: string;
  /** The IPv4 address, else the IPv6 address, else the name of the host. */
  host: string;
  port: number;
}

const GROUP = "224.0.0.251";
const PORT = 5353;

/**
 * Asks once, on all networks of this machine, which instruments announce themselves.
 *
 * @param waitMs The time for answers, in milliseconds.
 */
export async function announced(waitMs: number, signal?: AbortSignal): Promise<Announced[]> {
  const records: DnsRecord[] = [];
  const sockets = (await Promise.all(addresses().map((address) => openSocket(address, records)))).filter((it) => it);
  const ask = (questions: Parameters<typeof dnsQuery>[0]) => {
    const bytes = Buffer.from(dnsQuery(questions));
    // A network without multicast has no instruments to announce.
    for (const socket of sockets) socket!.send(bytes, PORT, GROUP, () => {});
  };
  try {
    ask(SERVICES.map((service) => ({ name: `${service}.local`, type: "PTR" })));
    await delay(waitMs / 2, { signal });
    const missing = questionsLeft(records);
    if (missing.length > 0) ask(missing);
    await delay(waitMs / 2, { signal });
  } finally {
    for (const socket of sockets) socket!.close();
  }
  return servicesIn(records);
}

/** The services that records describe, each once. */
export function servicesIn(records: readonly DnsRecord[]): Announced[] {
  const found = new Map<string, Announced>();
  for (const record of records) {
    const service = SERVICES.find((service) => sameName(record.name, `${service}.local`));
    if (record.type !== "PTR" || !service) continue;
    const place = records.find((it) => it.type === "SRV" && sameName(it.name, record.target));
    if (place?.type !== "SRV") continue;
    const addressOf = (type: "A" | "AAAA") =>
      records.flatMap((it) => it.type === type && sameName(it.name, place.target) ? [it.address] : [])[0];
    const name = record.target.slice(0, -`.${service}.local`.length).replace(/\\(.)/g, "$1");
    const host = addressOf("A") ?? addressOf("AAAA") ?? place.target;
    found.set(`${service} ${name} ${place.port}`, { service, name, host, port: place.port });
  }
  const order = (it: Announced) => SERVICES.findIndex((service) => service === it.service);
  return [...found.values()].sort((a, b) => order(a) - order(b));
}

/** The questions that the answers to the other questions did not answer along the way. */
function questionsLeft(records: readonly DnsRecord[]): { name: string; type: "SRV" | "A" }[] {
  const has = (type: string, name: string) => records.some((it) => it.type === type && sameName(it.name, name));
  const left: { name: string; type: "SRV" | "A" }[] = [];
  for (const record of records) {
    if (record.type === "PTR" && !has("SRV", record.target)) left.push({ name: record.target, type: "SRV" });
    if (record.type === "SRV" && !has("A", record.target)) left.push({ name: record.target, type: "A" });
  }
  return left;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The IPv4 addresses of this machine: multicast goes out on one network each. */
function addresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => all ?? [])
    .filter(({ family }) => family === "IPv4").map(({ address }) => address);
}

function openSocket(address: string, records: DnsRecord[]): Promise<Socket | undefined> {
  const socket = createSocket("udp4");
  const { promise, resolve } = Promise.withResolvers<Socket | undefined>();
  socket.once("error", () => {
    socket.close();
    resolve(undefined);
  });
  socket.on("message", (bytes) => {
    try {
      records.push(...dnsRecords(bytes));
    } catch {
      // Something else than DNS.
    }
  });
  socket.bind(0, address, () => {
    try {
      socket.setMulticastInterface(address);
    } catch {
      // The system's own choice then.
    }
    resolve(socket);
  });
  return promise;
}
