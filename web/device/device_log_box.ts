/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { DeviceLine } from "../../lib/client/mod.ts";
import { api, isAway } from "../bench/bench.ts";
import { dateAndTime } from "../words/times.ts";

const PERIOD_MS = 2_000;

/** The lines that the page keeps. */
const MAX_LINES = 500;

const TONES: Record<DeviceLine["level"], string> = { debug: "soft", info: "", warning: "warn", error: "bad" };

/** The output of a device's driver, and its changes of state. The box has one size, so that new lines move nothing. */
export function DeviceLogBox({ id }: { id: string }) {
  const [lines, setLines] = useState<readonly DeviceLine[] | undefined>(undefined);
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);

  useEffect(() => {
    let next = 0;
    let isLooking = false;
    const look = async () => {
      if (document.hidden || isLooking || isAway(id)) return;
      isLooking = true;
      try {
        const found = await api.getLog(id, next);
        const isNew = found.next < next;
        next = isNew ? 0 : found.next;
        if (isNew) setLines([]);
        else if (found.lines.length > 0) setLines((shown = []) => [...shown, ...found.lines].slice(-MAX_LINES));
        else setLines((shown) => shown ?? []);
      } catch {
        // The banner and the device's state say what is wrong.
      }
      isLooking = false;
    };
    void look();
    const timer = setInterval(look, PERIOD_MS);
    return () => clearInterval(timer);
  }, [id]);

  useLayoutEffect(() => {
    if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);

  const onScroll = ({ currentTarget: it }: Event & { currentTarget: HTMLElement }) => {
    isAtEnd.current = it.scrollTop + it.clientHeight >= it.scrollHeight - 4;
  };
  return html`
    <section aria-labelledby="log">
      <h2 id="log">Log</h2>
      <div class="card device-log" tabindex="0" role="group" aria-label="Lines of the log" ref=${box}
        onScroll=${onScroll}>
        ${lines?.length === 0 &&
          html`<p class="soft">Nothing yet: here are the changes of its state, and what its driver
          prints.</p>`}
        ${lines?.map(({ number, timestamp, level, from, text }) =>
          html`
            <p key=${number} class=${TONES[level]}><time class="soft" datetime=${timestamp}>${dateAndTime(
              Date.parse(timestamp),
            )}</time> ${from === "driver" ? html`<code>${text}</code>` : text}</p>
          `
        )}
      </div>
    </section>
  `;
}
