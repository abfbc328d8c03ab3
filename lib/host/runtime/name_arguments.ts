import { LabError } from "../../errors.ts";

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
  const twice = names.slice(0, args.length).find((name) => Object.hasOwn(kwargs, name));
  if (twice !== undefined) {
    throw new LabError("InvalidRequest", `${attempt}: "${twice}" is given by position and by name`);
  }
  return Object.fromEntries([...args.map((value, i) => [names[i], value]), ...Object.entries(kwargs)]);
}
