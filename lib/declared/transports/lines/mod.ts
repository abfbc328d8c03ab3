/**
 * The transport `lines`: instruments that print lines of text, as an Arduino or a scale does.
 *
 * @module
 */
import { patternOf } from "../../pattern.ts";
import { linkPermissions, openLink, peerOf } from "../../line_link.ts";
import { shareLines } from "../../shared_lines.ts";
import { defineTransport } from "../../transport.ts";
import { LinesSession } from "./lines_session.ts";
import { linesCommand, linesKeys, linesParams, linesSetting, linesValue } from "./schema.ts";

/** The transport `lines`. */
export const transport = defineTransport({
  name: "lines",
  summary: "Lines of text: CSV, key=value, JSON, or any form that a regular expression describes",
  params: linesParams,
  keys: linesKeys,
  value: linesValue,
  setting: linesSetting,
  command: linesCommand,
  isWritable: ({ set }) => set !== undefined,
  isReadable: ({ ask }) => ask !== undefined,
  pushes: ({ ask }) => ask === undefined,
  permissions: linkPermissions,
  problems({ keys, values }) {
    const groups = new Set(keys.pattern === undefined ? [] : patternOf(keys.pattern).names);
    return values.flatMap(({ name, address: { group } }) => {
      if (group === undefined || groups.has(group)) return [];
      const known = groups.size > 0 ? `one of ${[...groups].join(", ")}` : "a `pattern` with that group";
      return [{ path: ["values", name, "group"], message: known }];
    });
  },
  async open({ params, keys }, signal) {
    const options = { skipBlank: true };
    // What an instrument sends by itself is read by one device.
    const link = keys.ask === undefined
      ? await openLink(params, signal, options)
      : await shareLines(params, signal, options);
    const session = new LinesSession(link, { ...params, peer: peerOf(params) }, keys);
    try {
      await session.begin(signal);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  },
});
