/// <reference lib="dom" />
import { html } from "htm/preact";
import { unitAt } from "../../lib/format/channels.ts";
import { choose, isChosen } from "../stream/chosen_channels.ts";
import type { Feed } from "../stream/feed.ts";
import { MAX_CHANNELS } from "../stream/feed_channels.ts";
import { inOrder } from "./drawing/channel_order.ts";
import { valueText } from "./drawing/value_text.ts";
import { schemaOf } from "../bench/sample_schema.ts";
import type { PlotSession } from "../stream/plot_session.ts";

/** Check boxes for the channels of a device; absent if the device has only one. */
export function ChannelChoice({ session, feed }: { session: PlotSession; feed: Feed }) {
  void session.revision.value;
  const { deviceId, channels } = feed;
  const drawable = inOrder(channels.values(), schemaOf(deviceId)).filter(({ kind }) => kind !== "word");
  if (drawable.length < 2) return null;
  const chosen = drawable.filter(({ name }) => isChosen(feed, name)).length;
  const onChange = (name: string, event: Event) => {
    choose(feed, name, (event.target as HTMLInputElement).checked);
    session.change();
  };
  return html`
    <details class="channel-choice card">
      <summary>Channels of ${deviceId}: ${chosen} of ${drawable.length} drawn</summary>
      <fieldset>
        <legend class="visually-hidden">Channels of ${deviceId}</legend>
        ${drawable.map(({ name }) =>
          html`
            <label key=${name}>
              <input type="checkbox" aria-label=${name} checked=${isChosen(feed, name)} onChange=${(event: Event) =>
                onChange(name, event)} />
              <span>${name}</span>
              <${Newest} session=${session} feed=${feed} name=${name} />
            </label>
          `
        )}
      </fieldset>
      ${channels.size >= MAX_CHANNELS && html`<p class="soft">Only the first ${MAX_CHANNELS} channels are kept.</p>`}
    </details>
  `;
}

function Newest({ session, feed, name }: { session: PlotSession; feed: Feed; name: string }) {
  void session.beat.value;
  const unit = unitAt(schemaOf(feed.deviceId), feed.channels.get(name)!.path);
  return html`<span class="number soft">${valueText(feed.values.get(name), unit)}</span>`;
}
