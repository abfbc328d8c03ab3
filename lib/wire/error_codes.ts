/**
 * Every kind of error: its HTTP status, its meaning, and an example of its message. `DriverError` is a driver's own failure,
 * which travels under the name of the driver's error.
 */
export const ERRORS = {
  InvalidRequest: {
    status: 400,
    meaning: "The request has the wrong shape: not JSON, an unknown or missing key, a value that does not fit",
    example: "Cannot POST /devices: device_id: missing; expected a text",
  },
  Unauthorized: {
    status: 401,
    meaning: "A token is needed, and there is none that is in force",
    example: "A token is needed: send it as Authorization: Bearer <token>",
  },
  Forbidden: {
    status: 403,
    meaning: "The token is in force and does not allow this: another scope, or other devices",
    example: 'Cannot POST /devices/daq1/connect: it needs the scope control, and "alice" has read',
  },
  ForbiddenOrigin: {
    status: 403,
    meaning: "The request comes from a page of another site, or its Host header is not this daemon's",
    example:
      "Cannot answer a page of http://elsewhere.example: it is not allowed; add it to allowed_origins in the bench file",
  },
  DeviceNotFound: {
    status: 404,
    meaning: "There is no such device",
    example: 'Cannot find device "daq9": known devices are daq1, host1',
  },
  DeviceTypeNotFound: {
    status: 404,
    meaning: "There is no such driver",
    example: 'Cannot add device "daq2": there is no device type "Nix"; known types are StreamingDAQ, HostMetrics',
  },
  MethodNotFound: {
    status: 404,
    meaning: "The device has no such method",
    example: 'Cannot call "set_low" on "daq1": there is no such method; known methods are set_high',
  },
  PropertyNotFound: {
    status: 404,
    meaning: "The device has no such property",
    example: 'Cannot set "low" of "daq1": there is no such property; known properties are high',
  },
  CallNotFound: {
    status: 404,
    meaning: "There is no such call, or it ended a while ago",
    example: 'Cannot find call "c8r2m0q4tn": it never existed, or has ended more than 10 minutes ago',
  },
  LeaseNotFound: {
    status: 404,
    meaning: "There is no such lease, or it has ended",
    example: 'Cannot find lease "l7q2m0c4t9": it never existed, or it has ended',
  },
  TaskNotFound: {
    status: 404,
    meaning: "There is no such task, or it is no longer kept",
    example: 'Cannot find the task "sweep9": it never existed, or is no longer kept',
  },
  TaskTypeNotFound: {
    status: 404,
    meaning: "There is no such type of tasks, or its file failed to load",
    example: 'Cannot start the task "sweep1": there is no task type "Sweep"; known types are Scan',
  },
  LayoutNotFound: {
    status: 404,
    meaning: "There is no layout of that name",
    example: 'Cannot open the layout "IV curve": there is none of that name',
  },
  AlarmNotFound: {
    status: 404,
    meaning: "The device has no alarm of that name",
    example: 'Cannot acknowledge the alarm "current" of "psu1": its alarms are voltage, voltage-silent',
  },
  TokenNotFound: {
    status: 404,
    meaning: "There is no token of that name",
    example: 'Cannot find a token "alice": GET /tokens lists them',
  },
  NoError: {
    status: 404,
    meaning: "No error is recorded",
    example: 'Cannot find an error of "daq1": none is recorded (404)',
  },
  NotFound: {
    status: 404,
    meaning: "There is no such path",
    example: "Cannot GET /nothing: there is no such path; GET / lists them",
  },
  RecordingNotFound: {
    status: 404,
    meaning: "There is no recording of that id",
    example: 'Cannot find recording "run43": there is none of that id; known recordings are run42, run41',
  },
  MethodNotAllowed: {
    status: 405,
    meaning: "The path does not know this method",
    example: "Cannot PUT /devices: allowed are GET, POST",
  },
  PropertyReadOnly: {
    status: 405,
    meaning: "The property can be read only",
    example: 'Cannot set "current" of "psu1": it is read-only',
  },
  DeviceExists: {
    status: 409,
    meaning: "There is a device of that name already",
    example: 'Cannot add device "daq1": there is one already',
  },
  TokenExists: {
    status: 409,
    meaning: "There is a token of that name already",
    example: 'Cannot make a token "alice": there is one already; revoke or rotate it',
  },
  TokensNotKept: {
    status: 409,
    meaning: "The daemon has no tokens: its bench file says `auth: none`",
    example: "Cannot use tokens: this daemon has none; its bench file says auth: none",
  },
  DeviceInUse: {
    status: 409,
    meaning: "The device is leased by another one; `context` has the `owner`, the `purpose` and `expires_at`",
    example:
      'Cannot POST /devices/psu1/call: "psu1" is leased by "alice" for "IV curve" until 2026-11-22T06:25:52.123456Z',
  },
  LeaseRequired: {
    status: 409,
    meaning: "The device may be commanded under a lease only, and the request names none of it",
    example: 'Cannot POST /devices/psu1/call: "psu1" needs a lease; POST /leases, then send its token as X-Lease',
  },
  LeaseEnded: {
    status: 409,
    meaning: "The lease that the request names has ended, or the command is older than the present owner",
    example: "Cannot POST /devices/psu1/call: the lease of this X-Lease has ended; nothing was done",
  },
  TaskExists: {
    status: 409,
    meaning: "A task of this id runs, or is kept since it has ended",
    example: 'Cannot start the task "sweep1": there is one of this id; each needs an id of its own',
  },
  TaskNotRunning: {
    status: 409,
    meaning: "The task has ended",
    example: 'Cannot pause the task "sweep1": it is completed',
  },
  TaskNotAsking: {
    status: 409,
    meaning: "The task asks nothing",
    example: 'Cannot answer the task "sweep1": it asks nothing',
  },
  AlarmNotFiring: {
    status: 409,
    meaning: "The alarm is not firing, or was acknowledged already",
    example: 'Cannot acknowledge the alarm "voltage" of "psu1": it is ok, and only one that is firing can be',
  },
  DeviceNotConnected: {
    status: 409,
    meaning: "The device is not connected, or was disconnected meanwhile",
    example: 'Cannot call "set_high" on "daq1": it is disconnected',
  },
  DeviceDisabled: {
    status: 409,
    meaning: "The device is out of service",
    example: 'Cannot connect "daq1": it is disabled; enable it first',
  },
  CommandExpired: {
    status: 409,
    meaning: "The command has waited longer than it is valid, and was not carried out",
    example: 'Cannot call "set_high" on "daq1": it was asked 20.7 s ago and is valid for 10 s; nothing was done',
  },
  CallCancelled: {
    status: 409,
    meaning: "The call was cancelled",
    example: 'Cannot call "home" on "stage1": the call was cancelled',
  },
  NoSafeState: {
    status: 409,
    meaning: "The driver has no safe function: nothing was done",
    example: 'Cannot make "daq1" safe: its driver has no safe function; nothing was done',
  },
  NotStreamable: {
    status: 409,
    meaning: "The device has no stream",
    example: 'Cannot start streaming "psu1": its driver has no stream',
  },
  OptionsInUse: {
    status: 409,
    meaning: "The device streams with other options; `context.options` has those that hold",
    example: 'Cannot start streaming "daq1": it streams with sample_rate 100, and 10 was asked for; stop it first',
  },
  RecordingActive: {
    status: 409,
    meaning: "The recording is running: it has to be stopped first",
    example: 'Cannot delete recording "run42": it is running; stop it first',
  },
  BodyTooLarge: {
    status: 413,
    meaning: "The body is larger than `max_body` of the bench file (1 MiB), or than 64 KiB where none is expected",
    example: "Cannot POST /devices: the body is larger than 1048576 bytes",
  },
  UnsupportedMediaType: {
    status: 415,
    meaning: "The Content-Type of the body is not JSON",
    example: "Cannot POST /devices: the body is text/plain; send JSON with the header Content-Type: application/json",
  },
  TooManyRequests: {
    status: 429,
    meaning: "The token sends too many requests, or has too many streams; `context.retry_after` is in seconds",
    example: 'Cannot GET /devices: "alice" sends more than 500 requests a second; try again in 1 s',
  },
  InternalError: {
    status: 500,
    meaning: "A defect of LabDaemon",
    example: "The request failed by a defect of LabDaemon; its log says more",
  },
  DriverError: {
    status: 502,
    meaning: "The driver failed, under the name of its own error; `DeviceError` where it has none",
    example: "no answer from the instrument",
  },
  Unavailable: {
    status: 503,
    meaning: "The daemon or its machine has reached a limit: devices, file descriptors, processes, memory",
    example: 'Cannot add device "daq501": the bench has 500 devices, its limit; remove one, or raise max_devices',
  },
  NotReady: {
    status: 503,
    meaning: "The daemon cannot do its work; `context.reasons` are `[{type, message}]`",
    example: "Cannot serve the whole bench: the program sleep is not installed, and driver processes need it",
  },
  DeviceFaulted: {
    status: 503,
    meaning: "The device's driver failed too often; connect the device to try again",
    example: 'Cannot call "set_high" on "daq1": it is faulted (no such card); connect it to try again',
  },
  DeviceTimeout: {
    status: 504,
    meaning: "The device did not answer in time",
    example: 'Cannot call "set_high" on "daq1": no answer within 30000 ms',
  },
} as const;

/**
 * The code of a `LabError`: the error types of the HTTP contract.
 *
 * @example
 * ```ts
 * import { LabDaemon, LabError, type LabErrorCode } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * let code: LabErrorCode | undefined;
 * try {
 *   daemon.getDevice("daq9");
 * } catch (error) {
 *   if (error instanceof LabError) code = error.code;
 * }
 * console.assert(code === "DeviceNotFound");
 * ```
 */
export type LabErrorCode = keyof typeof ERRORS;
