/**
 * Reads what is recorded of devices, each behind a place. Commands come as packets of JSON on stdin; for each `next`, a packet of
 * JSON goes to stdout, and behind it one with the frames, if there are any. A process of the daemon's: reading the disk delays
 * nothing else.
 *
 * @module
 */
import { messageOf } from "../../errors.ts";
import { BLOCK_PACKET, JSON_PACKET, MAX_PACKET_BYTES, packet, readPackets } from "../../host/protocol/framing.ts";
import type { RecordedPart } from "../../stream/past/recorded_part.ts";
import type { BacklogAnswer, BacklogCommand } from "./backlog_request.ts";
import { readBacklog } from "./read_backlog.ts";

const encoder = new TextEncoder();

function write(bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

function answer(head: BacklogAnswer): void {
  write(packet(JSON_PACKET, 0, encoder.encode(JSON.stringify(head))));
}

const readings = new Map<number, Generator<RecordedPart, void>>();

function next(id: number): void {
  try {
    const { value } = readings.get(id)?.next() ?? {};
    if (!value) return answer({ id });
    const { bytes, ...head } = value;
    answer({ id, head });
    write(packet(BLOCK_PACKET, 0, bytes));
  } catch (error) {
    // The reader is gone.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    answer({ id, error: messageOf(error) });
  }
}

for await (const { content } of readPackets(Deno.stdin.readable, { [JSON_PACKET]: MAX_PACKET_BYTES })) {
  const command: BacklogCommand = JSON.parse(new TextDecoder().decode(content));
  if ("open" in command) readings.set(command.open, readBacklog(command.request));
  else if ("next" in command) next(command.next);
  else {
    readings.get(command.close)?.return();
    readings.delete(command.close);
  }
}
