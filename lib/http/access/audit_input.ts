import type { LabDaemon } from "../../daemon.ts";
import { MASK } from "../../format/secret_index.ts";
import { ALL_SECRET, maskSecrets } from "../../format/secrets.ts";
import type { TaskTypes } from "../../tasks/task_types.ts";
import type { DriverDescription, JsonSchema } from "../../wire/driver.ts";

/** The longest input as JSON; of a longer one the beginning is kept. */
const MAX_INPUT_CHARS = 2_000;

/** The drivers, and the types of tasks, whose schemas mark secrets. */
export interface KnownDrivers extends Pick<LabDaemon, "devices" | "drivers"> {
  taskTypes?: Pick<TaskTypes, "shownParams" | "shownParameters">;
}

/** A command whose input is shown. */
export interface AuditedCommand {
  /** `POST /devices/{device_id}/call` */
  action: string;
  deviceId: string | undefined;
  /** The parameter of its path: a method or a property. */
  name: string | undefined;
}

type Fields = Record<string, unknown>;

/**
 * The input of a command without its secrets, as the driver's schemas mark them. Input for an unknown driver is left
 * out.
 */
export function auditedInput(daemon: KnownDrivers, command: AuditedCommand, input: Fields): unknown {
  const shown = masked(daemon, command, input);
  const text = JSON.stringify(shown);
  return text.length > MAX_INPUT_CHARS ? `${text.slice(0, MAX_INPUT_CHARS)}…` : shown;
}

function masked(daemon: KnownDrivers, { action, deviceId, name }: AuditedCommand, input: Fields): unknown {
  const driver = deviceId === undefined ? undefined : descriptionOf(daemon, deviceId);
  const methodInput = (method: unknown) => driver?.methods.find((it) => it.name === method)?.input;
  switch (action) {
    case "POST /devices": {
      const { params = {}, ...rest } = input;
      const schema = daemon.drivers().find((it) => it.name === input.device_type)?.params;
      return { ...maskSecrets(rest), params: schema ? maskSecrets(params, schema) : MASK };
    }
    case "POST /tasks": {
      const params = daemon.taskTypes?.shownParams(String(input.task_type), input.params as Fields ?? {});
      return { ...maskSecrets(input), params: params ?? MASK };
    }
    case "POST /tasks/{task_id}/parameters": {
      const { key, value } = input;
      return { key, value: daemon.taskTypes?.shownParameters({ [String(key)]: value })[String(key)] ?? MASK };
    }
    case "POST /devices/{device_id}/call": {
      const schema = methodInput(input.method);
      if (!schema) return { method: input.method };
      const { args, kwargs, ...rest } = input;
      return {
        ...rest,
        ...Array.isArray(args) && { args: maskArgs(args, schema) },
        kwargs: maskSecrets(kwargs, schema),
      };
    }
    case "POST /devices/{device_id}/methods/{method}":
      return maskSecrets(input, methodInput(name) ?? ALL_SECRET);
    case "PUT /devices/{device_id}/properties/{name}":
      return propertiesShown(driver, { [name ?? ""]: input.value });
    case "GET /stream/devices/{device_id}":
    case "POST /devices/{device_id}/stream/start":
      return maskSecrets(input, driver?.options ?? ALL_SECRET);
    case "POST /restore":
      if ("recording" in input) return input;
      return { ...input, devices: (input.devices as Fields[]).map((device) => restoredShown(daemon, device)) };
    case "POST /session":
      return {};
    default:
      return maskSecrets(input);
  }
}

/** Values of properties, without secret ones. */
function propertiesShown(driver: DriverDescription | undefined, values: Fields): Fields {
  const schemas = driver?.properties.map(({ name, schema }) => [name, schema] as const) ?? [];
  return maskSecrets(values, { ...ALL_SECRET, properties: Object.fromEntries(schemas) });
}

/** A device of a snapshot: its params and options are not used. */
function restoredShown(daemon: KnownDrivers, { device_id, properties }: Fields): Fields {
  return {
    device_id,
    properties: propertiesShown(descriptionOf(daemon, String(device_id)), properties as Fields ?? {}),
  };
}

function descriptionOf(daemon: KnownDrivers, deviceId: string): DriverDescription | undefined {
  return daemon.devices().find(({ id }) => id === deviceId)?.plan.source.description;
}

/** Positional arguments, which are the properties of the input in their order. */
function maskArgs(args: unknown[], schema: JsonSchema): unknown[] {
  const names = Object.keys(schema.properties ?? {});
  return args.map((value, i) => names[i] === undefined ? value : maskSecrets({ [names[i]]: value }, schema)[names[i]]);
}
