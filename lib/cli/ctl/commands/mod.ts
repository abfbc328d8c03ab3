import type { Command } from "../command.ts";
import { add } from "./add.ts";
import { call } from "./call.ts";
import { drivers } from "./drivers.ts";
import { error } from "./error.ts";
import { connect, disable, disconnect, enable, remove, start, stop } from "./lifecycle.ts";
import { list } from "./list.ts";
import { methods } from "./methods.ts";
import { show } from "./show.ts";
import { tail } from "./tail.ts";
import { watch } from "./watch.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...[list, show, watch, tail, drivers, methods, call, add, remove],
  ...[connect, disconnect, start, stop, enable, disable, error],
];
