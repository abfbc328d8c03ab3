/**
 * The versions in the handshake, the first packet of a process: `check_handshake.ts` reads it.
 *
 * @module
 */

/** Counts the versions of the protocol that do not understand each other. Both sides must speak the same. */
export const PROTOCOL_VERSION = 1;

/**
 * The version of the driver contract: the declarations of drivers, and the requests of the daemon. The daemon runs
 * drivers of older versions, which know fewer requests, and no newer ones.
 */
export const DRIVER_API_VERSION = 2;

/** The first version of a process that refuses the commands of earlier owners: before it, the daemon alone does. */
export const FENCING_API = 2;
