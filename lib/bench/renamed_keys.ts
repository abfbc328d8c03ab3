/**
 * Keys of the bench file that have a new name. The old ones are accepted, with a warning.
 *
 * @module
 */
import { pathText } from "../format/path_text.ts";
import { type LocatedIssue, valueAtPath } from "../yaml/located_issues.ts";
import type { LocatedYaml } from "../yaml/located_yaml.ts";

const RENAMED = [
  ["restart", "first_delay", "initial_delay"],
  ["restart", "longest_delay", "max_delay"],
  ["limits", "hang", "heartbeat_timeout"],
  ["limits", "stall", "sample_timeout"],
] as const;

/** The keys with old names, and the old keys that stand beside their new names. */
export interface OldKeys {
  warnings: LocatedIssue[];
  errors: LocatedIssue[];
}

/** Gives the old keys of all devices their new names, in the file's value and in its places. */
export function renameOldKeys(yaml: LocatedYaml): OldKeys {
  const found: OldKeys = { warnings: [], errors: [] };
  const devices = valueAtPath(yaml.value, ["devices"]);
  (Array.isArray(devices) ? devices : []).forEach((_, index) => {
    for (const [section, oldName, newName] of RENAMED) {
      const parent = ["devices", index, section];
      const path = pathText([...parent, oldName]);
      const place = yaml.placeOfKey([...parent, oldName]);
      const result = yaml.renameKey(parent, oldName, newName);
      if (result === "renamed") {
        found.warnings.push({ ...place, path: "", message: `key ${path} is now named ${newName}` });
      } else if (result === "taken") {
        found.errors.push({ ...place, path, message: `expected only its new name, ${newName}, found both` });
      }
    }
  });
  return found;
}
