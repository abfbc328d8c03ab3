/// <reference lib="dom" />
import { html } from "htm/preact";
import type { DriverStatus, JsonSchema } from "../../lib/client/mod.ts";
import { grantLine } from "../../lib/format/grant_line.ts";
import type { Permissions } from "../../lib/wire/driver.ts";
import type { ErrorReport } from "../../lib/wire/error_report.ts";
import type { MeasuredDevice } from "../bench/bench.ts";
import type { Field } from "../form/field.ts";
import { formOf } from "../form/form_of.ts";
import { hintOf } from "../form/hint.ts";
import { href } from "../page/route.ts";
import { methodsOf } from "../bench/driver_of.ts";
import { type FileDifference, fileDifference, whereInFile } from "./driver_file.ts";
import { permissionWords } from "./permissions.ts";
import { partsOf, signatureOf, typeOf } from "./signature.ts";

/** One driver: its status, permissions and interface. */
export function DriverCard({ driver, devices }: { driver: DriverStatus; devices: MeasuredDevice[] }) {
  const { name, file, status, summary, error, bench } = driver;
  const isLoaded = status === "loaded";
  const difference = fileDifference(driver);
  const [word, tone] = !isLoaded ? ["Failed", "bad full"] : difference ? [difference.tag, "warn"] : ["Loaded", "good"];
  return html`
    <li class="card driver">
      <h2>${name ?? file} ${bench &&
        html`<small class="soft">of ${bench}</small>`} <span class="tag ${tone}">${word}</span></h2>
      ${summary && html`<p>${summary}</p>`}
      ${name &&
        html`<p class="soft">${
          file === null ? "registered by a script; runs in the daemon" : html`<code>${file}</code>`
        }</p>`}
      ${error && html`<${LoadError} error=${error} difference=${isLoaded ? difference : undefined} />`}
      ${isLoaded && html`
        <h3>Devices and permissions</h3>
        <${Permissions} driver=${driver} devices=${devices} />
        <details>
          <summary>Interface</summary>
          <${Schema} title="Parameters" schema=${driver.params} />
          <${Schema} title="Stream options" schema=${driver.options} />
          <h3>Sample</h3>
          <p><code>${driver.sample ? typeOf(formOf(driver.sample)) : "not declared"}</code></p>
          <h3>Properties</h3>
          ${(driver.properties ?? []).map(({ name, schema, writable, summary }) =>
            html`
              <p><code>${name}: ${typeOf(formOf(schema))}${writable
                ? ""
                : " (read-only)"}</code><br /><span class="soft">${summary}</span></p>
            `
          )}
          ${!driver.properties?.length && html`<p class="soft">none</p>`}
          <h3>Methods</h3>
          ${methodsOf(driver).map((method) =>
            html`
              <p><code>${signatureOf(method)}</code><br /><span class="soft">${method.doc}</span></p>
            `
          )}
          ${methodsOf(driver).length === 0 && html`<p class="soft">none</p>`}
        </details>
      `}
    </li>
  `;
}

/** The error of a driver's file. */
function LoadError(
  { error: { type, message }, difference }: { error: ErrorReport; difference: FileDifference | undefined },
) {
  const where = whereInFile(message);
  return html`
    <div class="note ${difference ? "warn" : "bad"}">
      <p><strong>${difference
        ? `The file ${difference.problem}. Its devices keep the previous version. ${difference.advice}`
        : "The file does not load. Fix the file and save it: it loads again at once."}</strong></p>
      ${where && html`<p>See <code>${where.file}</code>, line ${where.line}, column ${where.column}.</p>`}
      <pre tabindex="0" aria-label="Error"><code>${type}: ${message}</code></pre>
    </div>
  `;
}

function Permissions({ driver, devices }: { driver: DriverStatus; devices: MeasuredDevice[] }) {
  return html`
    <dl class="facts">
      <div><dt>Asks for</dt><dd>${driver.permissions === null
        ? "depends on its parameters"
        : permissionWords(driver.permissions)}</dd></div>
      ${driver.sandbox !== undefined && driver.sandbox !== "deno" && html`
        <div>
          <dt>Sandbox</dt>
          <dd>${sandboxWords(driver.sandbox)}</dd>
        </div>
      `}
      <${Missing} driver=${driver.name} permissions=${missingOf(driver, devices)} />
      ${devices.map(({ device_id, permissions }) =>
        html`
          <div key=${device_id}>
            <dt><a href=${href(["devices", device_id])}>${device_id}</a> was granted</dt>
            <dd>${permissionWords(permissions)}</dd>
          </div>
        `
      )}
    </dl>
    ${devices.length === 0 && html`<p class="soft">No device uses it.</p>`}
  `;
}

/** The limits of a driver's processes, in words. */
function sandboxWords(sandbox: string): string {
  if (sandbox.startsWith("landlock")) {
    return `${sandbox}. The kernel limits files, programs and the ports of TCP to what was granted; not hosts, nor UDP`;
  }
  if (sandbox === "bubblewrap") {
    return "bubblewrap. It limits files and programs to what was granted; with net, neither hosts nor ports";
  }
  if (sandbox === "off") return "off, as the bench file says: nothing limits it to its permissions";
  return `${sandbox}. Nothing limits it to its permissions`;
}

/** All that the driver or one of its devices asks for and does not get. */
function missingOf(driver: DriverStatus, devices: MeasuredDevice[]): Permissions {
  const all = [driver.permissions_missing, ...devices.map((device) => device.permissions_missing)];
  const united: Record<string, true | string[]> = {};
  for (const [kind, entries] of all.flatMap((missing) => Object.entries(missing ?? {}))) {
    const known = united[kind] ?? [];
    united[kind] = known === true || entries === true ? true : [...new Set([...known, ...entries])];
  }
  return united;
}

/** The permissions that a driver asks for and does not get, with the command that grants them. */
function Missing({ driver, permissions }: { driver: string; permissions: Permissions }) {
  if (Object.keys(permissions).length === 0) return null;
  return html`
    <div>
      <dt>Asks for, but was not granted</dt>
      <dd>
        ${permissionWords(permissions)}. If you trust the driver with that, run
        <code>deno task ctl grant ${driver}</code> and restart the daemon: it adds to <code>grants</code> in the bench file
        <code>${grantLine(driver, permissions).slice("grants: { ".length, -2)}</code>
      </dd>
    </div>
  `;
}

function Schema({ title, schema }: { title: string; schema: JsonSchema }) {
  const parts = partsOf(schema);
  return html`
    <h3>${title}</h3>
    ${parts.length === 0
      ? html`<p class="soft">none</p>`
      : html`<dl>${parts.map((part) => html`<${Part} part=${part} />`)}</dl>`}
  `;
}

function Part({ part }: { part: Field }) {
  const { key, required } = part;
  return html`
    <dt><code>${key}${required ? "" : "?"}: ${typeOf(part)}</code></dt>
    <dd class="soft">${hintOf(part)}</dd>
  `;
}
