import { type BlockHeader, blockHeader, endsIndefinite } from "./binary_block.ts";
import type { ByteConnection } from "./byte_connection.ts";
import { WrongAnswer } from "./connection_error.ts";
import type { LineInput } from "./line_input.ts";
import type { QueryOptions } from "./line_options.ts";

/** Options of {@linkcode LineConnection.queryBlock}. */
export interface BlockOptions extends QueryOptions {
  /**
   * The maximal number of bytes. After a longer block the connection counts as lost.
   *
   * @default {67_108_864}
   */
  maxBlockBytes?: number;
  /**
   * False if the instrument sends no line end after a block.
   *
   * @default {true}
   */
  terminated?: boolean;
}

/** The pause that shows the end of a block of indefinite length, in milliseconds. */
const END_OF_BLOCK_MS = 50;

const DEFAULT_MAX_BLOCK_BYTES = 64 * 1024 * 1024;

const HASH = "#".charCodeAt(0);

/**
 * The data of the IEEE 488.2 block that arrives next.
 *
 * @throws {WrongAnswer} if a line of text arrives.
 */
export async function readBlock(
  bytes: ByteConnection,
  input: LineInput,
  { maxBlockBytes = DEFAULT_MAX_BLOCK_BYTES, terminated = true }: BlockOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { start, end } = await readHeader(bytes, input, maxBlockBytes);
  if (end === undefined) {
    const isAll = (received: Uint8Array) => {
      if (received.length > maxBlockBytes) throw new Error(`its block is longer than ${maxBlockBytes} bytes`);
      return endsIndefinite(received) && bytes.silentMs >= END_OF_BLOCK_MS;
    };
    await input.until(isAll, END_OF_BLOCK_MS);
    return bytes.take().slice(start, -1);
  }
  await input.until((received) => received.length >= end);
  const data = bytes.take(end).subarray(start);
  if (terminated && await input.line() !== "") throw new Error("its block is longer than its header says");
  return data;
}

/** The header of a block. A line of text, as instruments answer when they have no data, is a wrong answer. */
async function readHeader(bytes: ByteConnection, input: LineInput, maxBytes: number): Promise<BlockHeader> {
  await input.until((received) => received.length > 0);
  if (bytes.waiting[0] !== HASH) {
    const line = await input.answer();
    throw new WrongAnswer("NoBlock", `expected a binary block, found ${JSON.stringify(line)}`);
  }
  let header: BlockHeader | undefined;
  await input.until((received) => (header = blockHeader(received, maxBytes)) !== undefined);
  return header!;
}
