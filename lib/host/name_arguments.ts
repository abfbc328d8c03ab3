import { LabError } from "../errors.ts";

/**
 * Positional arguments under the schema's keys in their declared order, together with the named ones.
 *
 * @throws {LabError} `InvalidRequest`, if there are too many or one is given twice.
 */
export function nameArguments(
  shape: Record<string, unknown>,
  args: unknown[],
  kwargs: Record<string, unknown>,
  attempt: string,
): Record<string, unknown> {
  const names = Object.keys(shape);
  if (args.length > names.length) {
    throw new LabError(
      "InvalidRequest",
      `${attempt}: it takes ${names.length} arguments (${names.join(", ")}), and ${args.length} were given`,
    );
  }
  const named: Record<string, unknown> = Object.fromEntries(args.map((value, i) => [names[i], value]));
  for (const [name, value] of Object.entries(kwargs)) {
    if (Object.hasOwn(named, name)) {
      throw new LabError("InvalidRequest", `${attempt}: "${name}" is given by position and by name`);
    }
    named[name] = value;
  }
  return named;
}
