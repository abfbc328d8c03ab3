/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { devices, outage } from "../bench/bench.ts";
import { matches, type Sort, sorted, SORTS } from "../bench/select.ts";
import { ActionMenu } from "../devices/action_menu.ts";
import { AddDevice } from "../devices/add_device.ts";
import { MakeBenchSafe } from "../devices/make_safe.ts";
import { StateChanges } from "../devices/state_changes.ts";
import { useHeldBack } from "../bench/held_back.ts";
import { href, route } from "../page/route.ts";
import { TourButton } from "../tour/tour.ts";
import { count } from "../words/quantities.ts";
import { summaryOf } from "../words/states.ts";
import { OverviewTable } from "./overview_table.ts";
import { pollProperties } from "./poll_properties.ts";
import { firstEvent, watchReadings } from "./readings.ts";
import { Tile } from "./tile.ts";
import { WallButton, WallExit } from "./wall.ts";

const VIEWS = { tiles: "Tiles", table: "Table" } as const;

/** The bench at a glance: each device with its newest values, as tiles or as a table. The address has the view. */
export function OverviewPage() {
  const { query } = route.value;
  const all = devices.value;
  const isOutage = outage.value !== undefined;
  const view = query.get("view") ?? "tiles";
  const search = query.get("find") ?? "";
  const asked = query.get("sort") ?? "";
  const sort = (Object.hasOwn(SORTS, asked) ? asked : "bench") as Sort;
  const shown = all && sorted(all.filter((device) => matches(device, search, isOutage)), sort);
  // The form stays where the first device was added by it.
  const wasEmpty = useRef(false);
  wasEmpty.current ||= all?.length === 0;
  useEffect(() => {
    const ends = [watchReadings(), pollProperties()];
    return () => ends.forEach((end) => end());
  }, []);
  useHeldBack(firstEvent.isLate);
  const set = (key: string, value: string, initial: string) => {
    const next = new URLSearchParams(route.peek().query);
    if (value === initial) next.delete(key);
    else next.set(key, value);
    location.replace(href(["bench"], Object.fromEntries(next)));
  };
  if (view === "wall") {
    return html`
      <h1 class="visually-hidden">Bench</h1>
      <${WallExit} />
      <ul class="tiles wall">${shown?.map((device) =>
        html`<${Tile} key=${device.device_id} device=${device} isWall />`
      )}</ul>
    `;
  }
  return html`
    <h1>Bench</h1>
    <${StateChanges} />
    ${!all && html`<p>Loading the devices…</p>`}
    ${all?.length === 0 && html`
      <p><strong>There is no device yet.</strong> Add the first one here: choose the driver for your instrument, and enter its
      address.</p>
    `}
    ${wasEmpty.current && html`<${AddDevice} isFirst />`}
    ${all && all.length > 0 && html`
      <p class="soft">${summaryOf(all, isOutage)}</p>
      <div class="row bench-tools">
        <label class="row">Find <input type="search" value=${search} placeholder="name, driver or state"
          onInput=${(event: Event & { currentTarget: HTMLInputElement }) =>
            set("find", event.currentTarget.value, "")} /></label>
        <label class="row">Sort by <select value=${sort} onChange=${(
          event: Event & {
            currentTarget: HTMLSelectElement;
          },
        ) => set("sort", event.currentTarget.value, "bench")}>${Object.entries(SORTS).map(([key, name]) =>
          html`<option key=${key} value=${key} selected=${key === sort}>${name}</option>`
        )}</select></label>
        <div class="row choice" role="group" aria-label="View">${Object.entries(VIEWS).map(([key, name]) =>
          html`<button type="button" key=${key} aria-pressed=${key === view} onClick=${() =>
            set("view", key, "tiles")}>${name}</button>`
        )}</div>
        <${WallButton} />
        <span role="status" class="soft">${search && count(shown!.length, "device")}</span>
      </div>
      <${MakeBenchSafe} />
      <${ActionMenu} devices=${all} />
      ${view === "table"
        ? html`<${OverviewTable} devices=${shown} />`
        : html`<ul class="tiles">${
          shown!.map((device) => html`<${Tile} key=${device.device_id} device=${device} />`)
        }</ul>`}
      <${TourButton} />
    `}
  `;
}
