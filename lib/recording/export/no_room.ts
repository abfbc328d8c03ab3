/** The exit code of an export that the disk has no room for. */
export const NO_ROOM = 3;

/** The disk has less room than recording needs: a format that is written to the disk first is not written. */
export class NoRoomError extends Error {
  override readonly name = "NoRoomError";
}
