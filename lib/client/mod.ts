/**
 * For programs elsewhere: control the daemon with {@linkcode ServerAPI} and follow its devices with {@linkcode SSEClient}.
 * Uses web standards only, so it works in Deno, Node and browsers.
 *
 * @module
 */
export type { Columns, ColumnValues } from "./columns.ts";
export type { DeviceIds, DeviceStreamOptions, DriverOptions } from "./device_events.ts";
export type { Received, ReceivedEvent } from "./received_event.ts";
export type { CallArguments, FollowOptions } from "./call.ts";
export { Lease, type LeaseOptions } from "./lease.ts";
export type { RestoreOptions, RestoreRecordingOptions } from "./restore.ts";
export * from "./server_api.ts";
export { type Fetch, ServerAPIError, type ServerAPIErrorOptions, ServerConnectionError } from "./server_error.ts";
export * from "./sse_client.ts";
export type { TicketSource } from "./with_token.ts";
export type { DeviceState, DeviceStatus } from "../wire/device.ts";
export type { DeviceLine, DeviceLog } from "../wire/requests.ts";
export type {
  DriverStatus,
  JsonSchema,
  MethodDescription,
  ParameterDescription,
  PropertyDescription,
} from "../wire/driver.ts";
export type { ErrorReport, FailureSource } from "../wire/error_report.ts";
export type {
  AlarmEvent,
  ClockEvent,
  DeviceDataEvent,
  DeviceStateEvent,
  GapEvent,
  GapReason,
  LeaseEvent,
  OptionsEvent,
  ProgressEvent,
  PropertyEvent,
  StreamEvent,
  TaskEvent,
} from "../wire/events.ts";
export { type ExecuteOptions, TaskRequests } from "./task_requests.ts";
export type { GrantedLease, LeaseMark, LeasesAnswer, LeaseStatus } from "../wire/leases.ts";
export type {
  OnUnknown,
  TaskData,
  TaskDetail,
  TaskQuestion,
  TaskState,
  TaskStatus,
  TaskTypeStatus,
} from "../wire/tasks/task.ts";
export type { PropertyStatus, PropertyValue } from "../wire/properties.ts";
export type { RestoreAnswer, RestoreRequest, Snapshot } from "../wire/snapshot.ts";
export type { AcceptedCall, CallProgress, CallRecord, CallStatus } from "../wire/calls.ts";
export type { SafeAnswer, StreamStopped } from "../wire/requests.ts";
export type { NewDeviceSettings } from "../wire/settings.ts";
export type { Health, Readiness, ServerInfo } from "../wire/server.ts";
export type { RecordingsAnswer, RecordingStatus, StartRecording } from "../wire/recordings.ts";
export type { HistoryPart, RecordingPart } from "./recording_part.ts";
export type { AlarmsAnswer, AlarmState, AlarmStatus, IncidentStatus } from "../wire/alarms.ts";
export type { Layout, LayoutInfo, LayoutsAnswer } from "../wire/pages/layouts.ts";
export type { HistoryAnswer } from "../wire/history.ts";
export type { IssuedToken, LoginProviders, Scope, SessionInfo, Ticket, TokenInfo } from "../wire/access.ts";
export type { AuditEntry, AuditPage, AuditQuery } from "../wire/audit.ts";
export { decodeArrays, type NumberArray, type PackedArray, unpackArray } from "../wire/packed_array.ts";
