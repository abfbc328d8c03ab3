import type { JsonSchema } from "../../lib/client/mod.ts";

/** The definitions for a schema's references, and the references that were followed: one that comes again is endless. */
export interface Definitions {
  root: JsonSchema;
  open: readonly string[];
}

/** A schema without references. */
export interface ResolvedSchema {
  schema: JsonSchema;
  /** The alternatives, if there are several. */
  ways: JsonSchema[];
  /** True if it may be `null`, which is not among its alternatives. */
  nullable: boolean;
  /** The scope of its parts; `undefined` if a reference leads nowhere or has no end. */
  definitions: Definitions | undefined;
}

/** Follows a schema's references, and separates its alternatives. */
export function resolveSchema(given: JsonSchema, { root, open }: Definitions): ResolvedSchema {
  let schema = given;
  for (;;) {
    const { $ref, ...rest } = schema as { $ref?: string };
    if ($ref === undefined) break;
    const defs = root.$defs as Record<string, JsonSchema> | undefined;
    const target = $ref === "#" ? root : defs?.[$ref.replace("#/$defs/", "")];
    if (!target || open.includes($ref)) return { schema: rest, ways: [], nullable: false, definitions: undefined };
    open = [...open, $ref];
    schema = { ...target, ...rest };
  }
  const { anyOf, oneOf, type, ...rest } = schema as { anyOf?: JsonSchema[]; oneOf?: JsonSchema[]; type?: unknown };
  const ways = anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((type) => ({ ...rest, type })) : []);
  const some = ways.filter((way) => way.type !== "null" && way.const !== null);
  const nullable = some.length < ways.length;
  if (some.length === 1) {
    const only = resolveSchema({ ...some[0], ...rest }, { root, open });
    return { ...only, nullable: only.nullable || nullable };
  }
  return { schema: ways.length ? rest : schema, ways: some, nullable, definitions: { root, open } };
}
