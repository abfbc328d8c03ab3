import { statfsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** Filesystems that other machines share, by the numbers that Linux has for them: SQLite's locks do not hold there. */
const SHARED: Readonly<Record<number, string>> = {
  0x6969: "NFS",
  0x517b: "SMB",
  0xff534d42: "CIFS",
  0xfe534d42: "SMB2",
  0x00c36400: "Ceph",
  0x01021997: "9P",
  0x65735546: "FUSE",
  0x5346414f: "AFS",
};

/** The state of the disk under a folder. */
export interface DiskState {
  freeBytes: number;
  /** The name of a filesystem that other machines share; empty for any other. */
  shared: string;
}

/** Looks at the disk. @throws if there is no such folder. */
export function diskOf(folder: string): DiskState {
  const { bavail, bsize, type } = statfsSync(folder);
  return { freeBytes: bavail * bsize, shared: SHARED[type >>> 0] ?? "" };
}

/**
 * Writes a little into a folder and removes it.
 *
 * @throws the error that prevents it.
 */
export function tryToWrite(folder: string): void {
  const path = `${folder}/.recorder-probe`;
  const db = new DatabaseSync(path);
  try {
    db.exec(
      "PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS probe(it BLOB); INSERT INTO probe VALUES(zeroblob(65536))",
    );
  } finally {
    db.close();
    Deno.removeSync(path);
  }
}
