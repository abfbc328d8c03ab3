import type { Driver } from "../../driver/contract.ts";
import type { PropertyDefinition } from "../../driver/property.ts";
import { LabError } from "../../errors.ts";

type Definition = PropertyDefinition<unknown>;

/**
 * A property that has a `get`, or a `set`. The daemon has checked that before, by the description of the driver.
 *
 * @throws {LabError} `PropertyNotFound`, if there is none.
 */
export function propertyOf<Access extends "get" | "set">(
  { properties }: Driver,
  name: string,
  access: Access,
  attempt: string,
): Definition & Required<Pick<Definition, Access>> {
  const definition = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (definition?.[access]) return definition as Definition & Required<Pick<Definition, Access>>;
  const known = Object.keys(properties).filter((it) => properties[it][access]).join(", ") || "none";
  throw new LabError("PropertyNotFound", `${attempt}: there is no such property; known properties are ${known}`);
}
