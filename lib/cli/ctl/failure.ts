import { ServerAPIError, ServerConnectionError } from "../../client/mod.ts";
import { closestName } from "../../format/closest_name.ts";
import { LabError, messageOf } from "../../errors.ts";
import type { Issue } from "../../wire/error_report.ts";
import type { Ctl } from "./commands/ctl.ts";

/** A command's failure: the exit code, and the message. */
export interface CommandFailure {
  code: number;
  lines: string[];
}

/** The failure for anything that a command threw. */
export async function failureOf(thrown: unknown, ctl?: Ctl): Promise<CommandFailure> {
  // Only the command line's readers throw one.
  if (thrown instanceof LabError) return { code: 2, lines: thrown.message ? [thrown.message] : [] };
  if (!(thrown instanceof ServerAPIError)) return { code: 1, lines: [messageOf(thrown)] };
  if (thrown instanceof ServerConnectionError && thrown.type === "ConnectionError" && ctl) {
    if (/certificate/.test(thrown.message)) {
      const advice = "name the file of its certificate in the environment variable DENO_CERT";
      return { code: 3, lines: [`Cannot trust the daemon at ${ctl.url}: ${advice}`, `  ${thrown.message}`] };
    }
    return {
      code: 3,
      lines: [
        `No daemon answers at ${ctl.url}: start one by "deno task serve", or give its address by --url`,
        `  ${thrown.message}`,
      ],
    };
  }
  // An error of the client itself: no daemon answers like that.
  if (thrown.type === "UnexpectedAnswer" && ctl) {
    return {
      code: 3,
      lines: [
        `${ctl.url} is not a LabDaemon: give the address of one by --url`,
        `  It answers: ${thrown.context.found}`,
      ],
    };
  }
  if (thrown.origin === "client") return { code: 3, lines: [thrown.message] };
  if (thrown.type === "Unauthorized") {
    return { code: 1, lines: [thrown.message, "  ctl sends the token in the environment variable LABDAEMON_TOKEN"] };
  }
  const meant = ctl && await meantBy(thrown, ctl).catch(() => undefined);
  const [head, ...issues] = withIssues(thrown);
  return { code: 1, lines: [head + (meant ? `. Did you mean ${meant}?` : ""), ...issues] };
}

/** The message, and a line for each issue if there are several. */
function withIssues({ message, context }: ServerAPIError): string[] {
  const issues = (context.issues ?? []) as Issue[];
  const lines = issues.map(({ path, message }) => path ? `${path}: ${message}` : message);
  const joined = lines.join("; ");
  if (lines.length > 1 && message.endsWith(joined)) {
    return [message.slice(0, -joined.length).trimEnd(), ...lines.map((line) => `  ${line}`)];
  }
  return [message, ...lines.filter((_, i) => !message.includes(issues[i].message)).map((line) => `  ${line}`)];
}

/** The known name that is closest to the one that was not found. */
async function meantBy({ type, context }: ServerAPIError, { api }: Ctl): Promise<string | undefined> {
  const { device_id: id, device_type, method, property } = context;
  if (type === "DeviceNotFound") return closestName(String(id), (await api.listDevices()).map((it) => it.device_id));
  if (type === "DeviceTypeNotFound") {
    return closestName(String(device_type), (await api.listDrivers()).flatMap(({ name }) => name ?? []));
  }
  if (type === "PropertyNotFound") {
    return closestName(String(property), (await api.getDeviceProperties(String(id))).map((it) => it.name));
  }
  if (type === "MethodNotFound") {
    return closestName(String(method), (await api.getDeviceMethods(String(id))).map((it) => it.name));
  }
}
