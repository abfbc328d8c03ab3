/**
 * Writes a part of a recording to stdout, in one of the formats. A process of the daemon's for each export: reading the disk
 * delays nothing else.
 *
 * @module
 */
import { exportPieces } from "./export_pieces.ts";
import { NO_ROOM, NoRoomError } from "./no_room.ts";

try {
  for await (const piece of exportPieces(JSON.parse(Deno.args[0]))) {
    for (let rest = piece; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
  }
} catch (error) {
  if (error instanceof NoRoomError) {
    console.error(error.message);
    Deno.exit(NO_ROOM);
  }
  // The reader is gone.
  if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
}
