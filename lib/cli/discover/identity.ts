import { connectLines } from "../../driver/connection/connect_tcp.ts";
import { messageOf } from "../../errors.ts";

/** The answer of a host to `*IDN?`, or the reason why there is none. */
export interface Identity {
  host: string;
  port: number;
  answer?: string;
  problem?: string;
}

/** The port of SCPI over TCP. */
export const SCPI_PORT = 5025;

/** Asks a host for its identity, with one connection and one query. */
export async function identityOf(host: string, port: number, timeoutMs: number): Promise<Identity> {
  try {
    using connection = await connectLines({ hostname: host, port, timeoutMs });
    const answer = await connection.query("*IDN?");
    if (!answer.startsWith("HTTP/")) return { host, port, answer };
    return { host, port, problem: `${host}:${port} is no instrument: it answers *IDN? with ${JSON.stringify(answer)}` };
  } catch (error) {
    return { host, port, problem: messageOf(error) };
  }
}
