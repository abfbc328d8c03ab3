import { z } from "zod";
import type { PermissionKind, Permissions } from "../../driver/permissions.ts";
import { schemaOf } from "./schema_of.ts";

const kind = schemaOf<PermissionKind>()(z.enum(["net", "read", "write", "env", "run", "sys", "ffi"]));

/** What a driver asks for, or has been granted. */
export const permissions = schemaOf<Permissions>()(
  z.partialRecord(kind, z.union([z.literal(true), z.array(z.string()).readonly()]))
    .meta({ id: "Permissions", description: "By kind: all, or a list of hosts, paths, variables, programs" }),
);
