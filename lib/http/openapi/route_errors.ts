import type { LabErrorCode } from "../../wire/error_codes.ts";
import { accessOf, type RouteAccess } from "../access/route_table.ts";

/** The errors that an operation declares. */
interface Declared {
  /** Present if it reads a body. */
  body?: unknown;
  isCommand?: boolean;
  /** The errors that do not follow from the route, its body and its kind. */
  errors?: LabErrorCode[];
}

/** All errors that the operation of a route answers. */
export function errorsOf(method: string, path: string, { body, isCommand, errors = [] }: Declared): LabErrorCode[] {
  return [
    ...body ? ["InvalidRequest", "BodyTooLarge", "UnsupportedMediaType"] as const : [],
    ...isCommand ? ["InvalidRequest", "CommandExpired"] as const : [],
    ...method === "DELETE" ? ["BodyTooLarge"] as const : [],
    ...path.includes("{device_id}") ? ["DeviceNotFound"] as const : [],
    ...errors,
    ...needsLease(method, path) ? ["DeviceInUse", "LeaseEnded", "LeaseRequired"] as const : [],
    ...accessErrors(accessOf(method, path)!),
    ...["ForbiddenOrigin", "InternalError"] as const,
  ];
}

/** True for a command to a device, which may be leased. */
export function needsLease(method: string, path: string): boolean {
  const { lease } = accessOf(method, path)!;
  return lease === "path" || lease === "handler";
}

/** The errors of a principal without the right to a route. */
function accessErrors({ scope, devices }: RouteAccess): LabErrorCode[] {
  if (scope === "public") return [];
  const isNarrow = scope !== "read" || devices === "path" || devices === "all";
  return ["Unauthorized", "TooManyRequests", ...isNarrow ? ["Forbidden" as const] : []];
}
