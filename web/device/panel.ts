/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import type { DeviceStatus, PropertyStatus } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { drivers, outage, seenAt } from "../bench/bench.ts";
import { driverOf } from "../bench/driver_of.ts";
import { draftFor } from "../form/draft.ts";
import { words } from "../form/form_of.ts";
import { SchemaForm } from "../form/schema_form.ts";
import { timeOfDay } from "../words/quantities.ts";
import { newValueSchema, propertyText, steppedBy } from "./property_value.ts";
import { propertiesOf, setProperty, watchProperties } from "./property_values.ts";

/** The age at which a value has its time beside it. */
const OLD_MS = 10_000;

/** The device's front panel: a card for each property, with its value and, if it can be set, a control. */
export function Panel({ device }: { device: DeviceStatus }) {
  const { device_id: id } = device;
  const hasAny = Boolean(driverOf(device, drivers.value)?.properties?.length);
  useEffect(() => hasAny ? watchProperties(id) : undefined, [id, hasAny]);
  if (!hasAny) return null;
  return html`
    <section aria-labelledby="panel">
      <h2 id="panel">Panel</h2>
      <ul class="panel">
        ${propertiesOf(id).value?.map((property) =>
          html`<${PropertyCard} key=${property.name} device=${device} property=${property} />`
        )}
      </ul>
    </section>
  `;
}

interface CardProps {
  device: DeviceStatus;
  property: PropertyStatus;
}

function PropertyCard({ device, property }: CardProps) {
  const { name, summary, value, timestamp, writable, readable, schema, error } = property;
  const age = timestamp === null ? 0 : seenAt.value - Date.parse(timestamp);
  // What cannot be read has no other value than the one that was set.
  const isOld = error !== undefined || outage.value !== undefined || (readable && age > OLD_MS);
  const from = isOld && timestamp !== null && `From ${timeOfDay(Date.parse(timestamp))}. `;
  return html`
    <li class="card" id=${`property-${name}`}>
      <h3>${words(name)}</h3>
      ${summary && html`<p class="soft">${summary}</p>`}
      <p class="reading">
        <output class=${`number${isOld ? " soft" : ""}`}>${timestamp === null
          ? "not known"
          : propertyText(value, schema)}
        </output>
        ${!readable && timestamp !== null && html`
          <span class="soft">as it was set last: it cannot be read</span>
        `}
      </p>
      ${isOld && html`<p class="warn">${from}${error?.message}</p>`}
      ${writable &&
        (schema.type === "boolean"
          ? html`<${Switch} device=${device} property=${property} />`
          : html`<${NewValue} device=${device} property=${property} />`)}
    </li>
  `;
}

/** The reason why nothing can be set now. */
function blockedBy({ state, disabled }: DeviceStatus): string | undefined {
  if (state === "connected" || state === "streaming") return undefined;
  if (disabled) return "Enable the device to set it.";
  if (state === "retrying" || state === "connecting") return "It can be set once the device is connected.";
  return "Connect the device to set it.";
}

/** A field for a new value. Numbers with a step have two more buttons, which set the next values. */
function NewValue({ device, property }: CardProps) {
  const { device_id: id } = device;
  const { name, value, schema } = property;
  const note = useSignal("");
  const draft = draftFor(`property ${id} ${name}`);
  const blocked = blockedBy(device);
  const set = async (asked: unknown) => {
    note.value = "";
    const found = await setProperty(id, name, asked);
    draft.value = {};
    const isTaken = JSON.stringify(found) === JSON.stringify(asked);
    note.value = isTaken
      ? `Set to ${propertyText(found, schema)}.`
      : `It was set to ${propertyText(asked, schema)}, and the instrument says ${propertyText(found, schema)}.`;
  };
  const step = (direction: 1 | -1) => {
    const next = steppedBy(property, direction);
    const cannot = next === undefined || blocked || outage.value;
    const label = `${direction > 0 ? "Increase" : "Decrease"} ${words(name).toLowerCase()}`;
    return html`
      <button type="button" aria-label=${label} aria-disabled=${Boolean(cannot)} onClick=${() =>
        cannot || set(next).catch((error) => note.value = messageOf(error))}>${direction > 0 ? "+" : "−"}</button>
    `;
  };
  const hasStep = steppedBy({ ...property, value: value ?? 0 }, 0) !== undefined;
  return html`
    <${SchemaForm} schema=${newValueSchema(property)} draft=${draft} submit="Set" submitting="Setting…"
      blocked=${blocked} placeOf=${(path: string) => path.replace(/^value/, name)}
      onUnsendable=${() => note.value = ""}
      onSubmit=${(given: Record<string, unknown>) => set(given[name])}>
      ${hasStep && html`${step(-1)} ${step(1)}`}
    <//>
    <p role="status" class="soft">${note.value}</p>
  `;
}

/** A switch that sets the other value at once. It shows the value that was read back. */
function Switch({ device, property: { name, value } }: CardProps) {
  const failure = useSignal("");
  const isBusy = useSignal(false);
  const blocked = blockedBy(device);
  const cannot = isBusy.value || Boolean(blocked) || outage.value !== undefined;
  const toggle = async () => {
    if (cannot) return;
    isBusy.value = true;
    failure.value = "";
    await setProperty(device.device_id, name, value !== true).catch((error) => failure.value = messageOf(error));
    isBusy.value = false;
  };
  return html`
    <p class="row">
      <button type="button" role="switch" aria-checked=${value === true} aria-disabled=${cannot} onClick=${toggle}>
        ${words(name)}
      </button>
      ${blocked && html`<span class="soft">${blocked}</span>`}
    </p>
    <p role="status" class="bad">${failure.value}</p>
  `;
}
