/** The fields of an event of any kind. A test reads a field and asserts on its value, without narrowing by kind first. */
export interface EventFields {
  event: string;
  device_id: string;
  timestamp: string;
  sequence?: number;
  payload?: unknown;
  [field: string]: unknown;
}
