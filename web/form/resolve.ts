import type { JSONSchema } from "../../lib/client/server_api.ts";

/** Where a schema's references lead, and those that lead to the place where it is read: one that comes again has no end. */
export interface Definitions {
  root: JSONSchema;
  open: readonly string[];
}

/** A schema without its detours. */
export interface Resolved {
  schema: JSONSchema;
  /** What it may be, if that is more than one thing. */
  ways: JSONSchema[];
  /** Whether it may be `null`; that is none of its ways. */
  nullable: boolean;
  /** For what is in it; `undefined` if it leads nowhere, or has no end. */
  definitions: Definitions | undefined;
}

/** Follows a schema's references, and tells apart what it may be. */
export function resolve(given: JSONSchema, { root, open }: Definitions): Resolved {
  let schema = given;
  for (;;) {
    const { $ref, ...rest } = schema as { $ref?: string };
    if ($ref === undefined) break;
    const defs = root.$defs as Record<string, JSONSchema> | undefined;
    const target = $ref === "#" ? root : defs?.[$ref.replace("#/$defs/", "")];
    if (!target || open.includes($ref)) return { schema: rest, ways: [], nullable: false, definitions: undefined };
    open = [...open, $ref];
    schema = { ...target, ...rest };
  }
  const { anyOf, oneOf, type, ...rest } = schema as { anyOf?: JSONSchema[]; oneOf?: JSONSchema[]; type?: unknown };
  const ways = anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((type) => ({ ...rest, type })) : []);
  const some = ways.filter((way) => way.type !== "null" && way.const !== null);
  const nullable = some.length < ways.length;
  if (some.length === 1) {
    const only = resolve({ ...some[0], ...rest }, { root, open });
    return { ...only, nullable: only.nullable || nullable };
  }
  return { schema: ways.length ? rest : schema, ways: some, nullable, definitions: { root, open } };
}
