/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { devices } from "../bench/bench.ts";
import { changesOf, wordsOf } from "../words/states.ts";

/** Announces state changes to screen readers. */
export function StateChanges({ of }: { of?: string }) {
  const before = useRef<ReadonlyMap<string, string> | undefined>(undefined);
  const [changes, setChanges] = useState("");
  useEffect(() =>
    devices.subscribe((all) => {
      if (!all) return;
      const now = wordsOf(of === undefined ? all : all.filter(({ device_id }) => device_id === of));
      const changed = before.current ? changesOf(before.current, now) : "";
      before.current = now;
      if (changed) setChanges(changed);
    }), [of]);
  return html`<p class="visually-hidden" role="status">${changes}</p>`;
}
