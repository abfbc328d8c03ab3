/**
 * Messages of multicast DNS (RFC 6762), as far as services are found by them.
 *
 * @module
 */

/** The types of records that are read. */
export const TYPES = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;

/** One DNS record: a name and its value. */
export type DnsRecord =
  & { name: string }
  & (
    | { type: "A" | "AAAA"; address: string }
    | { type: "PTR"; target: string }
    | { type: "SRV"; port: number; target: string }
    | { type: "TXT"; texts: string[] }
  );

/** The bit of a question that asks for an answer to the asker alone. */
const UNICAST = 0x8000;

const INTERNET = 1;

/** A message with questions. */
export function dnsQuery(questions: readonly { name: string; type: keyof typeof TYPES }[]): Uint8Array {
  const bytes: number[] = [0, 0, 0, 0, ...word(questions.length), 0, 0, 0, 0, 0, 0];
  for (const { name, type } of questions) {
    bytes.push(...nameBytes(name), ...word(TYPES[type]), ...word(INTERNET | UNICAST));
  }
  return Uint8Array.from(bytes);
}

/**
 * The records of a message, those of types that are not known left out.
 *
 * @throws {Error} if it is no DNS message.
 *
 * @example
 * ```ts
 * import { dnsQuery, dnsRecords } from "./dns.ts";
 *
 * const query = dnsQuery([{ name: "_lxi._tcp.local", type: "PTR" }]);
 * console.assert(dnsRecords(query).length === 0);
 * ```
 */
export function dnsRecords(bytes: Uint8Array): DnsRecord[] {
  const reader = new Reader(bytes);
  reader.skip(4);
  const [questions, answers, authorities, additional] = [reader.word(), reader.word(), reader.word(), reader.word()];
  for (let i = 0; i < questions; i++) {
    reader.name();
    reader.skip(4);
  }
  const records: DnsRecord[] = [];
  for (let i = 0; i < answers + authorities + additional; i++) {
    const name = reader.name();
    const type = reader.word();
    reader.skip(6);
    const length = reader.word();
    const end = reader.at + length;
    const record = recordOf(name, type, reader, end);
    if (record) records.push(record);
    reader.at = end;
  }
  return records;
}

function recordOf(name: string, type: number, reader: Reader, end: number): DnsRecord | undefined {
  switch (type) {
    case TYPES.A:
      return { name, type: "A", address: [...reader.take(4)].join(".") };
    case TYPES.AAAA: {
      const groups = Array.from({ length: 8 }, () => reader.word().toString(16));
      return { name, type: "AAAA", address: groups.join(":") };
    }
    case TYPES.PTR:
      return { name, type: "PTR", target: reader.name() };
    case TYPES.SRV: {
      reader.skip(4);
      return { name, type: "SRV", port: reader.word(), target: reader.name() };
    }
    case TYPES.TXT: {
      const texts: string[] = [];
      while (reader.at < end) texts.push(new TextDecoder().decode(reader.take(reader.take(1)[0])));
      return { name, type: "TXT", texts: texts.filter((text) => text !== "") };
    }
  }
}

/** The most labels that are followed: names can point at each other. */
const MAX_LABELS = 128;

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  word(): number {
    const [high, low] = this.take(2);
    return high * 256 + low;
  }

  skip(count: number): void {
    this.take(count);
  }

  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.at, this.at + count);
    if (taken.length < count) throw new Error("expected a DNS message, found one that is cut");
    this.at += count;
    return taken;
  }

  /** A name. Dots and backslashes in one of its labels are escaped by a backslash. */
  name(): string {
    const labels: string[] = [];
    let after: number | undefined;
    for (let i = 0; i < MAX_LABELS; i++) {
      const [length] = this.take(1);
      if (length === 0) {
        this.at = after ?? this.at;
        return labels.join(".");
      }
      if (length >= 0xc0) {
        const target = (length - 0xc0) * 256 + this.take(1)[0];
        after ??= this.at;
        this.at = target;
      } else labels.push(new TextDecoder().decode(this.take(length)).replace(/[.\\]/g, "\\$&"));
    }
    throw new Error("expected a DNS message, found a name without an end");
  }
}

function nameBytes(name: string): number[] {
  const labels = name.match(/(?:\\.|[^.\\])+/gs) ?? [];
  return [
    ...labels.flatMap((label) => {
      const bytes = new TextEncoder().encode(label.replace(/\\(.)/gs, "$1"));
      return [bytes.length, ...bytes];
    }),
    0,
  ];
}

function word(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}
