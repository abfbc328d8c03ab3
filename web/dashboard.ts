/// <reference lib="dom" />
import { html } from "htm/preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { AlarmsPage } from "./alarms/alarms_page.ts";
import { alarms, firing } from "./bench/alarms.ts";
import { isView } from "./bench/fleet.ts";
import { devices, isCrowded, outage } from "./bench/bench.ts";
import { HeldBack } from "./bench/held_back.ts";
import { AuditLogPage } from "./audit/audit_log_page.ts";
import { DevicePage } from "./device/device_page.ts";
import { DevicesPage } from "./devices/devices_page.ts";
import { DriversPage } from "./drivers/drivers_page.ts";
import { BenchesPage, BenchPage } from "./fleet/benches_page.ts";
import { isWall } from "./overview/wall.ts";
import { LeaseDialog } from "./leases/lease_dialog.ts";
import { OverviewPage } from "./overview/overview_page.ts";
import { PlotsPage } from "./plots/plots_page.ts";
import { RecordingsPage } from "./recordings/recordings_page.ts";
import { RunPlots } from "./recordings/run_plots.ts";
import { Notice } from "./page/notices.ts";
import { href, route } from "./page/route.ts";
import { restorePlace } from "./page/place.ts";
import { SchemeChoice } from "./page/scheme.ts";
import { LoginPage } from "./session/login_page.ts";
import { isAdministrator, logOut, mustLogIn, session } from "./session/session.ts";
import { TaskPage } from "./tasks/task_page.ts";
import { TasksPage } from "./tasks/tasks_page.ts";
import { Tour } from "./tour/tour.ts";
import { timeOfDay } from "./words/quantities.ts";

const PLACES = [["benches", "Benches"], ["bench", "Bench"], ["devices", "Devices"], ["plots", "Plots"], [
  "recordings",
  "Recordings",
], [
  "tasks",
  "Tasks",
], [
  "alarms",
  "Alarms",
], [
  "drivers",
  "Drivers",
], ["audit", "Audit log"]] as const;

/** The dashboard: the navigation, a banner while the daemon does not answer, and the page of the address. */
export function Dashboard() {
  const { path: [place = isView.value ? "benches" : "bench", id] } = route.value;
  const main = useRef<HTMLElement>(null);
  const title = id ?? PLACES.find(([key]) => key === place)?.[1] ?? "Not found";
  const isFirst = useRef(true);

  useLayoutEffect(() => {
    document.title = `${title} · LabDaemon`;
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    restorePlace({ isFirst: isFirst.current });
    isFirst.current = false;
  }, [title]);

  return html`
    <a class="skip" href="#main" onClick=${(event: Event) => {
      event.preventDefault();
      main.current?.focus();
    }}>Skip to the content</a>
    <header class="top" hidden=${isWall()}>
      <p class="brand">LabDaemon</p>
      <nav aria-label="Pages">
        ${PLACES.filter(([key]) => isShown(key, place)).map(([key, name]) =>
          html`
            <a href=${href([key])} aria-current=${key === place && "page"}>${name}${key === "alarms" &&
              firing.value.length > 0 && html`
              <span class="bad">(${firing.value.length})</span>
            `}</a>
          `
        )}
        <a href="./help">Help</a>
        <a href="./docs">API</a>
      </nav>
      <${SchemeChoice} />
      ${session.value?.csrf_token && html`<button onClick=${logOut}>Log out ${session.value.name}</button>`}
    </header>
    <main id="main" tabindex="-1" ref=${main}>${mustLogIn.value ? html`<${LoginPage} />` : pageAt(place, id)}</main>
    <div class="tray">
      <div role="alert">${outage.value && !mustLogIn.value &&
        html`<${Outage} ...${outage.value} />`}${isCrowded.value &&
        html`
          <${Crowded} />
        `}</div>
      <div role="alert">${firing.value.length > 0 && html`<${Firing} />`}</div>
      <${HeldBack} />
      <${Notice} />
      ${place === "bench" && !isWall() && devices.value && html`<${Tour} />`}
    </div>
    <${LeaseDialog} />
  `;
}

/** Pages that are not for all benches and people are shown where there is something in them. */
function isShown(key: string, place: string): boolean {
  if (key === "audit") return isAdministrator.value;
  if (key === "benches") return isView.value === true;
  return key !== "alarms" || place === "alarms" || (alarms.value?.length ?? 0) > 0;
}

function pageAt(place: string, id: string | undefined) {
  if (place === "devices") {
    return id === undefined ? html`<${DevicesPage} />` : html`<${DevicePage} id=${id} key=${id} />`;
  }
  if (place === "benches") return id === undefined ? html`<${BenchesPage} />` : html`<${BenchPage} name=${id} />`;
  if (place === "bench") return html`<${OverviewPage} />`;
  if (place === "plots") return html`<${PlotsPage} />`;
  if (place === "recordings" && id !== undefined) {
    const withId = route.value.query.get("with") ?? undefined;
    return html`<${RunPlots} key=${`${id} ${withId}`} id=${id} withId=${withId} />`;
  }
  if (place === "recordings") return html`<${RecordingsPage} />`;
  if (place === "tasks") return id === undefined ? html`<${TasksPage} />` : html`<${TaskPage} id=${id} key=${id} />`;
  if (place === "alarms") return html`<${AlarmsPage} />`;
  if (place === "audit") return html`<${AuditLogPage} />`;
  if (place === "drivers") return html`<${DriversPage} />`;
  return html`
    <h1>Page not found</h1>
    <p><a href=${href(["devices"])}>Go to the devices</a></p>
  `;
}

/** The alarms that no person knows of. */
function Firing() {
  const named = firing.value.slice(0, 3).map(({ device_id, name, condition }) => `${device_id} ${name} (${condition})`);
  const more = firing.value.length - named.length;
  return html`
    <p class="banner bad">
      <strong>${firing.value.length === 1 ? "An alarm is firing" : `${firing.value.length} alarms are firing`}:</strong>
      ${" "}${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}. <a href=${href(["alarms"])}>Show</a>
    </p>
  `;
}

/** The browser has no connection left: the daemon is there. */
function Crowded() {
  return html`
    <p class="banner warn">
      <strong>This browser has no connection left for the daemon.</strong> The daemon is there, and its streams go on. Close
      other tabs and windows that show it: a browser opens six connections to one daemon. Commands wait until then.
    </p>
  `;
}

/** The page keeps the last known values, and says that they are old. */
function Outage({ since, why, isCrowded }: { since: Date; why: string; isCrowded: boolean }) {
  const last = timeOfDay(since.getTime());
  return html`
    <p class="banner bad">
      <strong>${isCrowded
        ? "This browser has no connection left for the daemon, which answers other tabs. Close some of them."
        : "The daemon does not answer."}</strong>
      This page shows the values of ${last}, its last answer, and continues when it is back.
      <small>${why}</small>
    </p>
  `;
}
