import { alarms } from "./alarms.ts";
import { audit } from "./audit.ts";
import type { AddCommand } from "./ctl.ts";
import { add, connect, disable, disconnect, enable, error, keep, remove, safe, show, start, stop } from "./devices.ts";
import { discover } from "./discover.ts";
import { doctor } from "./doctor.ts";
import { grant } from "./grant.ts";
import { lease } from "./lease.ts";
import { drivers, list } from "./list.ts";
import { logs } from "./logs.ts";
import { open } from "./open.ts";
import { call, calls, cancel, methods } from "./methods.ts";
import { get, set } from "./properties.ts";
import { exportRecording, record } from "./recordings.ts";
import { restore, snapshot } from "./snapshot.ts";
import { tail } from "./tail.ts";
import { task } from "./task.ts";
import { token } from "./token.ts";
import { tls } from "./tls.ts";
import { watch } from "./watch.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly AddCommand[] = [
  ...[list, show, open, watch, tail, logs, drivers, methods, call, calls, cancel, get, set, add, keep, remove],
  ...[connect, disconnect, start, stop, enable, disable, safe, error, snapshot, restore, grant, discover, doctor],
  ...[lease, task, alarms, record, exportRecording, token, audit, tls],
];
