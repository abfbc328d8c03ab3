import type { JsonSchema } from "../../../lib/client/mod.ts";
import { channelsOfSchema } from "../../../lib/format/channels.ts";
import type { PlottedChannel } from "../../stream/picture.ts";

/**
 * The channels in the order of the sample's schema. Channels that are not in the schema come last, in the order of
 * their samples.
 */
export function inOrder(channels: Iterable<PlottedChannel>, schema: JsonSchema | null | undefined): PlottedChannel[] {
  const named = schema ? channelsOfSchema(schema) : [];
  const placeOf = ({ path }: PlottedChannel) => {
    const at = named.findIndex((name) => name.every((part, i) => part === path[i]));
    return at < 0 ? named.length : at;
  };
  const places = new Map(Array.from(channels, (channel) => [channel, placeOf(channel)]));
  return [...places.keys()].sort((a, b) => places.get(a)! - places.get(b)!);
}
