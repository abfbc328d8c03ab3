/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import type { BenchesAnswer, BenchStatus } from "../../lib/wire/pages/benches.ts";
import { devices } from "../bench/bench.ts";
import { benches, isHubReached } from "../bench/fleet.ts";
import { DeviceRow } from "../devices/device_row.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { href } from "../page/route.ts";
import { pageFetch } from "../session/session.ts";
import { count } from "../words/quantities.ts";
import { dateAndTime } from "../words/times.ts";

const HEADINGS = ["Bench", "State", "Devices", "Alarms", "Owned by", "Machine", "Version"];

/** The time without another letter before a search is asked for. */
const SETTLE_MS = 200;

/** All benches of the hub. Benches that are away, or have an alarm, come first. */
export function BenchesPage() {
  const search = useSignal("");
  const found = useSignal<readonly BenchStatus[] | undefined>(undefined);
  const text = search.value;
  useEffect(() => {
    found.value = undefined;
    if (!text.trim()) return;
    const over = new AbortController();
    const timer = setTimeout(() => look(text, over.signal).then((it) => found.value = it, () => {}), SETTLE_MS);
    return () => (clearTimeout(timer), over.abort());
  }, [text]);
  const all = benches.value;
  // A search says which; how they are is of the last answer.
  const hits = text.trim() ? found.value : undefined;
  const shown = hits ? all?.filter(({ bench }) => hits.some((it) => it.bench === bench)) : all;
  const foundIn = new Map(hits?.map(({ bench, found }) => [bench, found ?? []]));
  return html`
    <h1>Benches</h1>
    ${!isHubReached.value && html`
      <p class="bad" role="alert">The hub is not reached: this is the last known state.</p>
    `}
    ${!all && html`<p>Loading the benches…</p>`}
    ${all && html`<p class="soft">${summaryOf(all)}</p>`}
    ${all?.length === 0 && html`<p>No bench has announced itself at this hub yet.</p>`}
    <p class="row">
      <label for="search">Find</label>
      <input id="search" type="search" size="48" value=${text}
        placeholder="bench, machine, device, driver, state or owner"
        onInput=${(event: Event & { currentTarget: HTMLInputElement }) => search.value = event.currentTarget.value} />
      <span role="status" class="soft">${hits && count(hits.length, "bench", "benches")}</span>
    </p>
    <div class="scrolled" tabindex="0" role="region" aria-label="Benches">
      <table class="listing benches">
        <thead>
          <tr>${HEADINGS.map((name) => html`<th scope="col">${name}</th>`)}</tr>
        </thead>
        <tbody>${shown?.toSorted((a, b) => urgency(a) - urgency(b)).map((bench) =>
          html`<${Row} key=${bench.bench} bench=${bench} found=${foundIn.get(bench.bench) ?? []} />`
        )}</tbody>
      </table>
    </div>
  `;
}

/** One bench: its state, and its devices. */
export function BenchPage({ name }: { name: string }) {
  const bench = benches.value?.find((it) => it.bench === name);
  if (!bench) {
    return html`
      <a href=${href(["benches"])}>All benches</a>
      <h1>${name}</h1>
      <p>${benches.value ? "The hub does not know this bench." : "Loading the benches…"}</p>
    `;
  }
  const own = devices.value?.filter((device) => device.bench === name);
  return html`
    <a href=${href(["benches"])}>All benches</a>
    <h1>${name}</h1>
    <p><${State} bench=${bench} /> <span class="soft">${bench.host} · version ${bench
      .version} · at the hub since ${dateAndTime(Date.parse(bench.since))}</span></p>
    ${bench.alarms.length > 0 &&
      html`<p class="bad">${bench.alarms.join(", ")}. <a href=${href(["alarms"])}>Show</a></p>`}
    ${bench.owners.map((it) => html`<p key=${it.device_id}>${it.device_id} is owned by ${ownerWords(it)}</p>`)}
    ${!own?.length && bench.devices > 0 && html`<p>Loading the devices…</p>`}
    ${bench.devices === 0 && html`<p>This bench has no device.</p>`}
    <ul class="devices">${own?.map((device) => html`<${DeviceRow} key=${device.device_id} device=${device} />`)}</ul>
  `;
}

function Row({ bench, found }: { bench: BenchStatus; found: readonly string[] }) {
  const { bench: name, away_since, devices, states, alarms, acknowledged, owners, host, version } = bench;
  const words = Object.entries(states).map(([state, n]) => `${n} ${state}`).join(", ");
  return html`
    <tr>
      <th scope="row"><a href=${href(["benches", name])}>${name}</a>${found.map((id) =>
        html`
          <small key=${id}><a href=${href(["devices", `${name}/${id}`])}>${id}</a></small>
        `
      )}</th>
      <td>
        <${State} bench=${bench} />
      </td>
      <td><span class="number">${devices}</span> <small class="soft">${away_since !== null && words &&
        "last known: "}${words}</small></td>
      <td>${alarms.length > 0 && html`<span class="bad">${alarms.join(", ")}</span>`}${acknowledged.length > 0 && html`
        <small class="soft">${acknowledged.length} acknowledged</small>
      `}</td>
      <td>${owners.map((it) => html`<div key=${it.device_id}>${it.device_id}: ${ownerWords(it)}</div>`)}</td>
      <td>${host ?? ""}</td>
      <td>${version}</td>
    </tr>
  `;
}

function State({ bench: { state, away_since, not_stored } }: { bench: BenchStatus }) {
  if (not_stored !== undefined) return html`<span class="tag warn" title=${not_stored}>There; the hub is full</span>`;
  if (away_since === null) return html`<span class="tag good">There</span>`;
  const since = dateAndTime(Date.parse(away_since));
  return html`<span class="tag warn">${state === "ended" ? "Ended" : "Away"} since ${since}</span>`;
}

function ownerWords({ owner, purpose }: BenchStatus["owners"][number]): string {
  return purpose ? `${owner} (${purpose})` : owner;
}

/** `3 benches: 2 there, 1 away; 30 devices, 1 alarm`. */
function summaryOf(all: readonly BenchStatus[]): string {
  const there = all.filter(({ away_since }) => away_since === null).length;
  const sum = (of: (bench: BenchStatus) => number) => all.reduce((sum, bench) => sum + of(bench), 0);
  return `${count(all.length, "bench", "benches")}: ${there} there, ${all.length - there} away; ` +
    `${count(sum(({ devices }) => devices), "device")}, ${count(sum(({ alarms }) => alarms.length), "alarm")} firing`;
}

function urgency({ alarms, away_since }: BenchStatus): number {
  return alarms.length > 0 ? 0 : away_since !== null ? 1 : 2;
}

async function look(text: string, signal: AbortSignal): Promise<BenchStatus[]> {
  const response = await pageFetch(`${DAEMON_URL}/benches?find=${encodeURIComponent(text)}`, { signal });
  return (await response.json() as BenchesAnswer).benches;
}
