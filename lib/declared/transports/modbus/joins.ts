/**
 * Reads of several values, joined into as few requests as the protocol allows.
 *
 * @module
 */

/** The four tables of a Modbus unit. */
export type ModbusTable = "coil" | "discrete" | "input" | "holding";

/** A part of a table: registers, or bits of `coil` and `discrete`. */
export interface TableSpan {
  table: ModbusTable;
  start: number;
  count: number;
}

/** One request, and the indexes of the spans that it covers. */
export interface Join extends TableSpan {
  of: number[];
}

/** The protocol's limit of bits in a request. */
export const MAX_BITS = 2000;

/** The protocol's limit of registers in a request. */
export const MAX_REGISTERS = 125;

/**
 * The fewest requests that read all spans: those of one table that touch or overlap are joined, up to the limit of a
 * request. Registers that no span covers are not read: many units refuse a request that contains one.
 *
 * @example
 * ```ts
 * import { joinSpans } from "./joins.ts";
 *
 * const joined = joinSpans([
 *   { table: "input", start: 6, count: 2 },
 *   { table: "input", start: 5, count: 1 },
 *   { table: "input", start: 20, count: 1 },
 * ]);
 * console.assert(joined.length === 2);
 * console.assert(joined[0].start === 5 && joined[0].count === 3 && joined[0].of.join() === "1,0");
 * ```
 */
export function joinSpans(spans: readonly TableSpan[], maxRegisters: number = MAX_REGISTERS): Join[] {
  const order = spans.map((_, index) => index).sort((a, b) => spans[a].start - spans[b].start);
  const joins: Join[] = [];
  const last = new Map<ModbusTable, Join>();
  for (const index of order) {
    const { table, start, count } = spans[index];
    const max = table === "coil" || table === "discrete" ? MAX_BITS : maxRegisters;
    const before = last.get(table);
    const end = Math.max(start + count, before ? before.start + before.count : 0);
    if (before && start <= before.start + before.count && end - before.start <= max) {
      before.count = end - before.start;
      before.of.push(index);
    } else {
      const join = { table, start, count, of: [index] };
      joins.push(join);
      last.set(table, join);
    }
  }
  return joins;
}
