import type { ErrorReport } from "../../../client/mod.ts";

/** The part of a bench that has a fault, and where it can be removed. */
export type Culprit = "instrument" | "driver" | "bench file" | "machine" | "daemon" | "clients" | "login provider";

/** The culprit of a fault, and the remedy. */
export interface Advice {
  culprit: Culprit;
  remedy: string;
}

/** The advice for an error whose `type` and message match. */
interface Rule extends Advice {
  types: readonly string[];
  message?: RegExp;
}

const ADDRESS = "check host, port or serial in the params of the device";

/** The first that matches holds. */
const RULES: readonly Rule[] = [
  {
    types: ["DriverLoadError", "ModuleNotFoundError"],
    message: /Install it with: /,
    culprit: "machine",
    remedy: "Install the Python package by the command in the message, then save the driver or connect the device",
  },
  {
    types: ["PythonNotFound"],
    culprit: "machine",
    remedy: "Run the command in the message, then save the driver or connect the device",
  },
  {
    types: ["ProcessExited"],
    message: /Cannot find the program /,
    culprit: "machine",
    remedy: "Install this interpreter, or name another one in the driver or under python in the bench file",
  },
  {
    types: ["ProcessExited"],
    message: /cannot be limited to its permissions/,
    culprit: "machine",
    remedy:
      "Use Linux 6.2 or newer with Landlock, or install bubblewrap; or, if you trust the driver, write sandbox: off for it under python",
  },
  {
    types: ["DriverLoadError"],
    message: /deno cache --frozen=false /,
    culprit: "machine",
    remedy: "Run the command in the message in LabDaemon's folder, then save the driver again",
  },
  {
    types: ["DriverLoadError"],
    culprit: "driver",
    remedy: "Correct the file and save it: the daemon loads it again",
  },
  {
    types: ["ENOENT", "NotFound"],
    message: /serial port/,
    culprit: "instrument",
    remedy: 'Plug it in, or correct the port in the bench file; "deno task ctl discover" lists the ports',
  },
  {
    types: ["EACCES", "EPERM"],
    message: /serial port/,
    culprit: "machine",
    remedy: "Add the daemon's user to the group that owns the port (dialout on Debian), and start the daemon again",
  },
  {
    types: ["EBUSY"],
    message: /serial port/,
    culprit: "machine",
    remedy: "Close the other program that has the port open",
  },
  {
    types: ["ConnectionRefused", "ECONNREFUSED"],
    culprit: "instrument",
    remedy: `Switch it on, or its server; ${ADDRESS}`,
  },
  {
    types: ["HostNotFound", "ENOTFOUND", "EAI_AGAIN"],
    culprit: "bench file",
    remedy: "Correct the host, or use an address",
  },
  { types: ["WrongInstrument"], culprit: "bench file", remedy: `Another instrument answers there: ${ADDRESS}` },
  {
    types: ["StreamStalled"],
    culprit: "instrument",
    remedy: "Check its trigger, power and cable; if it is slower than that, raise limits.sample_timeout",
  },
  {
    types: ["DeviceTimeout", "TimeoutError"],
    culprit: "instrument",
    remedy: "Check its power and cable; if it is slow, raise the limit under limits of the device",
  },
  {
    types: ["PermissionDenied"],
    culprit: "driver",
    remedy: "Let the driver ask for it by permissions, or grant it under permissions of the device in the bench file",
  },
  {
    types: ["OutOfMemory"],
    culprit: "driver",
    remedy: "Fix what the driver keeps, or raise memory of the device in the bench file",
  },
  {
    types: ["NotSerializable"],
    culprit: "driver",
    remedy: "Let the driver yield and return numbers, texts, true, false, null, and lists and objects of these",
  },
  {
    types: [
      "ResultTooLarge",
      "AnswerTooLarge",
      "ParamsTooLarge",
      "OptionsTooLarge",
      "DescriptionTooLarge",
      "SampleTooLarge",
    ],
    culprit: "driver",
    remedy: "Let the driver give less at a time: several samples or calls, or a schema without long lists",
  },
  {
    types: ["ProcessHangs", "MethodHangs"],
    culprit: "driver",
    remedy: "Find the loop or the blocking call in the driver; connect the device when it is fixed",
  },
  {
    types: ["ProcessExited"],
    culprit: "driver",
    remedy: "Read what the driver printed in the daemon's log; connect the device when it is fixed",
  },
  { types: ["DuplicateDriver"], culprit: "driver", remedy: "Keep one of the files in the drivers folder" },
  {
    types: ["DeviceTypeNotFound"],
    message: /^Cannot add device "[^"]+": Cannot use the driver/,
    culprit: "driver",
    remedy: "Keep one of the files in the drivers folder",
  },
  {
    types: ["DeviceTypeNotFound"],
    message: /still loads/,
    culprit: "driver",
    remedy: "Wait until the driver file has loaded; if it does not, look for a top-level await that never ends",
  },
  {
    types: ["DeviceTypeNotFound"],
    culprit: "bench file",
    remedy: 'Correct driver of the device, or add the driver file; "deno task ctl drivers" lists the drivers',
  },
  { types: ["InvalidRequest"], culprit: "bench file", remedy: "Correct the params or options of the device" },
  { types: ["Unavailable"], culprit: "machine", remedy: "Do what the message says, then connect the device" },
  { types: ["InternalError"], culprit: "daemon", remedy: "Report it with the lines of the daemon's log" },
  {
    // A mistake in code; instruments do not cause these.
    types: [
      ...["TypeError", "ReferenceError", "SyntaxError", "RangeError"],
      ...["AttributeError", "ImportError", "IndentationError", "NameError", "NotImplementedError", "UnboundLocalError"],
    ],
    culprit: "driver",
    remedy: "Fix the line of the driver that the message names",
  },
];

const BY_SOURCE: Record<NonNullable<ErrorReport["failure_source"]>, Advice> = {
  instrument: { culprit: "instrument", remedy: "Check its power, its cable and its settings" },
  driver: { culprit: "driver", remedy: "Fix the driver, or contact its author" },
  daemon: { culprit: "daemon", remedy: "Report it with the lines of the daemon's log" },
};

/** The advice for the error of a device. */
export function adviceFor({ type, message, failure_source = "instrument" }: ErrorReport): Advice {
  const rule = RULES.find((it) => it.types.includes(type) && (it.message?.test(message) ?? true));
  return rule ?? BY_SOURCE[failure_source];
}
