/// <reference lib="dom" />
import { elapsed } from "../../lib/format/elapsed.ts";
import { useComputed } from "@preact/signals";
import { html } from "htm/preact";
import { type MeasuredDevice, outage, seenAt } from "../bench/bench.ts";
import { silenceOf } from "../bench/rate_words.ts";
import { stateOf } from "../words/states.ts";
import { dateAndTime } from "../words/times.ts";

/** A device's state, and the time since it entered it. */
export function State({ device }: { device: MeasuredDevice }) {
  const isOutage = outage.value !== undefined;
  const { word, meaning, tone } = stateOf(device, isOutage);
  const { state_since: since } = device;
  return html`
    <p class="state">
      <span class="tag ${tone}">${word}</span>
      <span class="soft" title=${meaning}>${!isOutage && html`
        for <${ElapsedTime} key=${since} since=${since} />${" · "}
      `}${!isOutage && silenceOf(device) || meaning}</span>
    </p>
  `;
}

/** A signal in the text: only the seconds are drawn again as they pass. */
function ElapsedTime({ since }: { since: string }) {
  const text = useComputed(() => elapsed(Math.max(0, seenAt.value - Date.parse(since))));
  return html`<time datetime=${since} title="since ${dateAndTime(Date.parse(since))}">${text}</time>`;
}
