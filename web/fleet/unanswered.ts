/// <reference lib="dom" />
import { html } from "htm/preact";
import { benches, isView, type MaybeUnanswered, shownBenches } from "../bench/fleet.ts";
import { href } from "../page/route.ts";
import { dateAndTime } from "../words/times.ts";

/** In a view: the benches that are missing in a list, or what to choose in a large fleet. */
export function Unanswered({ answer }: { answer: MaybeUnanswered | undefined }) {
  if (!isView.value || !benches.value) return null;
  if (shownBenches()?.length === 0) {
    return html`<p>There are many benches: <a href=${href(["benches"])}>choose one</a>.</p>`;
  }
  return answer?.unanswered?.map(({ bench, error }) => {
    const since = benches.value?.find((it) => it.bench === bench)?.away_since;
    const words = since
      ? `${bench} is away since ${dateAndTime(Date.parse(since))}: what it has is not shown.`
      : `${bench}: ${error.message}`;
    return html`<p key=${bench} class="bad">${words}</p>`;
  });
}
