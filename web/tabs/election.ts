/// <reference lib="dom" />
import { TAB } from "./tab_messages.ts";

/** The time between two messages of a tab that can lead. */
const HERE_MS = 500;
/** Without a message for so long, another tab is gone. A new one listens for so long, too. */
const SILENT_MS = 2_000;

interface Message {
  tab: string;
  kind: "here" | "leads" | "gone";
}

/**
 * Calls `lead` when this tab becomes the leader under a name, and the function that `lead` returned when it no longer is.
 * `signal` ends the candidacy. Browsers have locks for this, but not on a page that came by plain HTTP from another computer.
 */
export function whileLeading(name: string, signal: AbortSignal, lead: () => () => void): void {
  if (!("locks" in navigator)) return elect(name, signal, lead);
  navigator.locks.request(name, { signal }, () =>
    new Promise<void>((resolve) => {
      const end = lead();
      signal.addEventListener("abort", () => {
        end();
        resolve();
      });
    })).catch((error) => {
      if (!signal.aborted) console.error(error);
    });
}

/** An election by messages: the first tab in the order of their names, unless another one leads already. */
function elect(name: string, signal: AbortSignal, lead: () => () => void): void {
  const channel = new BroadcastChannel(`${name} election`);
  const others = new Map<string, { at: number; leads: boolean }>();
  const since = performance.now();
  let end: (() => void) | undefined;

  const post = (kind: Message["kind"]) => channel.postMessage({ tab: TAB, kind } satisfies Message);
  const decide = () => {
    const now = performance.now();
    for (const [tab, { at }] of others) if (now - at > SILENT_MS) others.delete(tab);
    const isBehind = [...others].some(([tab, { leads }]) => leads && !end || leads === !!end && tab < TAB);
    if (isBehind) {
      end?.();
      end = undefined;
    } else if (now - since > SILENT_MS) end ??= lead();
    post(end ? "leads" : "here");
  };
  channel.onmessage = ({ data: { tab, kind } }: MessageEvent<Message>) => {
    if (kind === "gone") others.delete(tab);
    else others.set(tab, { at: performance.now(), leads: kind === "leads" });
  };
  const timer = setInterval(decide, HERE_MS);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    end?.();
    post("gone");
    channel.close();
  });
}
