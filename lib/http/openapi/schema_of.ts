import type { z } from "zod";

/** All keys there are, whether they may be absent or not. */
type AllKeys<T> = T extends readonly (infer Item)[] ? AllKeys<Item>[]
  : T extends object ? { [Key in keyof T]-?: AllKeys<T[Key]> }
  : T;

type Mutual<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;

/** Whether two types are the same, key by key: also a key that may be absent in one must be known to the other. */
type Same<A, B> = Mutual<A, B> extends true ? Mutual<AllKeys<A>, AllKeys<B>> : false;

/**
 * Takes the schema of an answer that some interface produces. Does not compile where the two have drifted apart.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import { schemaOf } from "./schema_of.ts";
 *
 * interface Health {
 *   status: "healthy";
 *   since?: string;
 * }
 * const health = schemaOf<Health>()(z.object({ status: z.literal("healthy"), since: z.string().optional() }));
 * // @ts-expect-error A key of the interface is missing.
 * schemaOf<Health>()(z.object({ status: z.literal("healthy") }));
 * console.assert(health.safeParse({ status: "healthy" }).success);
 * ```
 */
export function schemaOf<T>() {
  return <Schema extends z.ZodType>(
    schema: Schema & (Same<z.output<Schema>, T> extends true ? unknown : never),
  ): Schema => schema;
}
