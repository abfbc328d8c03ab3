/// <reference lib="dom" />
/**
 * The benches of a hub, where this page is of a view. Of a large fleet the page asks for the devices of one bench at a time.
 *
 * @module
 */
import { computed, signal } from "@preact/signals";
import type { BenchesAnswer, BenchStatus, UnansweredBench } from "../../lib/wire/pages/benches.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { route } from "../page/route.ts";
import { pageFetch } from "../session/session.ts";

/** The number of devices above which the page asks for those of one bench only. */
const MAX_DEVICES = 200;

/** True for the page of a view; undefined until that is known. */
export const isView = signal<boolean | undefined>(undefined);

/** All benches; undefined until the view has answered, and for the page of one bench. */
export const benches = signal<readonly BenchStatus[] | undefined>(undefined);

/** False while the view does not reach the hub. */
export const isHubReached = signal(true);

/** The benches that the address names: `#/benches/lab3`, or by devices, `lab3/daq1`. */
const named = computed(() => {
  const { path: [place, id = ""], query } = route.value;
  if (place === "benches") return id ? [id] : [];
  const ids = [id, ...query.getAll("devices").flatMap((text) => text.split(","))];
  return [...new Set(ids.flatMap((id) => id.includes("/") ? [id.slice(0, id.indexOf("/"))] : []))];
});

let last: readonly string[] = [];

/** The benches whose devices the page shows; undefined for all of them. */
export function shownBenches(): readonly string[] | undefined {
  const all = benches.peek();
  if (!all || all.reduce((sum, { devices }) => sum + devices, 0) <= MAX_DEVICES) return undefined;
  const known = named.peek().filter((name) => all.some(({ bench }) => bench === name));
  if (known.length > 0) last = known;
  return last;
}

/** The devices of a stream of all that are shown, joined by commas: `*`, or in a view `lab3/*,lab4/*`. */
export const shownDevices = computed(() => {
  if (!isView.value) return "*";
  void route.value;
  const names = benches.value?.map(({ bench }) => bench) ?? [];
  return (shownBenches() ?? names).map((name) => `${name}/*`).join(",");
});

/** The query for the shown benches; `undefined` if there is nothing to ask for. */
export function benchQuery(): string | undefined {
  const shown = shownBenches();
  if (shown === undefined) return "";
  return shown.length > 0 ? `?bench=${shown.map(encodeURIComponent).join(",")}` : undefined;
}

/** Asks for the benches. */
export async function lookForBenches(signal: AbortSignal): Promise<void> {
  const response = await pageFetch(`${DAEMON_URL}/benches`, { signal });
  if (!response.ok) throw new Error(`GET /benches: ${response.status}`);
  const answer: BenchesAnswer = await response.json();
  isHubReached.value = answer.hub.connected;
  if (JSON.stringify(benches.peek()) !== JSON.stringify(answer.benches)) benches.value = answer.benches;
}

/** Asks for a list of the benches that are shown; an empty one if none is. */
export async function ofBenches<Item>(key: string, signal: AbortSignal): Promise<Item[]> {
  return (await askShown<Record<string, Item[]>>(key, signal))?.[key] ?? [];
}

/** An answer of a view to a question to many benches. */
export interface MaybeUnanswered {
  /** The benches that are missing in it. */
  unanswered?: UnansweredBench[];
}

/** Asks a view about the benches that are shown; undefined if none is. */
export async function askShown<Answer>(path: string, signal?: AbortSignal): Promise<Answer | undefined> {
  const query = benchQuery();
  if (query === undefined) return undefined;
  const response = await pageFetch(`${DAEMON_URL}/${path}${query}`, { signal });
  if (!response.ok) throw new Error(`GET /${path}: ${response.status}`);
  return await response.json();
}
