/// <reference lib="dom" />
import { html } from "htm/preact";
import type { FormContext } from "./context.ts";
import { Control, Unit } from "./controls.ts";
import { isGiven, rowsOf, wayOf, withoutRow } from "./draft.ts";
import type { Field } from "./field.ts";
import { fieldUnit, hintOf, wayLabel } from "./hint.ts";

/** A field of a form. */
export interface FieldProps {
  field: Field;
  form: FormContext;
}

/** One field with its label, its hint and its errors. */
export function FieldView({ field, form }: FieldProps) {
  const { draft, issues } = form;
  // The chosen form shows the issue: it has the same path.
  const isInside = field.kind === "either" && wayOf(field, draft.value) >= 0;
  const wrong = isInside ? [] : issues.beside.get(field.path) ?? [];
  const id = idOf(form, field);
  const hint = hintOf(field);
  const describedBy = [hint && `${id}-hint`, wrong.length && `${id}-issue`].filter(Boolean).join(" ") || undefined;
  const notes = html`
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${wrong.length > 0 && html`<p class="issue" id="${id}-issue">${wrong.join("; ")}</p>`}
  `;
  const isSet = ["group", "rows", "either"].includes(field.kind);
  if (isSet) {
    return html`
      <fieldset class="field" data-wrong=${wrong.length > 0} aria-describedby=${describedBy}>
        <legend>${field.label}</legend>
        ${notes}
        <${Parts} field=${field} form=${form} />
      </fieldset>
    `;
  }
  if (field.kind === "fixed") {
    return html`<p class="field"><span class="label">${field.label}</span> <code>${
      JSON.stringify(field.value)
    }</code></p>`;
  }
  const control = html`
    <${Control} field=${field} form=${form} id=${id} describedBy=${describedBy} isInvalid=${wrong.length > 0} />
  `;
  const unit = fieldUnit(field);
  const label = html`
    <label for=${id}>${field.label}${unit && html`<span class="visually-hidden">${` in ${unit}`}</span>`}</label>
  `;
  return html`
    <div class="field" data-wrong=${wrong.length > 0}>
      ${field.kind === "switch" ? html`<div class="tick">${control} ${label}</div>` : html`
        <div>${label}${isNeeded(field) && html`<span class="required" aria-hidden="true">needed</span>`}</div>
        <div class="typed">${control}<${Unit} field=${field} /></div>
      `}
      ${notes}
    </div>
  `;
}

/** A check box always has a value; a row of a list exists because it was added. */
function isNeeded({ required, nullable, inherited, initial, kind }: Field): boolean {
  return required && !nullable && !inherited && initial === undefined && kind !== "switch";
}

function Parts({ field, form }: FieldProps) {
  if (field.kind === "group") return html`<${Group} field=${field} form=${form} />`;
  if (field.kind === "rows") return html`<${Rows} field=${field} form=${form} />`;
  return html`<${Alternatives} field=${field} form=${form} />`;
}

function Group({ field, form }: FieldProps) {
  if (field.kind !== "group") return null;
  const given = isGiven(field, form.draft.value);
  const id = `${idOf(form, field)}-given`;
  return html`
    ${!field.required && field.initial === undefined && html`
      <div class="tick">
        <input type="checkbox" id=${id} checked=${given}
          onInput=${(event: Event & { currentTarget: HTMLInputElement }) =>
            form.enter({ [`${field.path}?`]: String(event.currentTarget.checked) })} />
        <label for=${id}>Give ${field.label.toLowerCase()}</label>
      </div>
    `}
    ${given && html`<${FieldList} fields=${field.fields} form=${form} />`}
  `;
}

/** Fields side by side, as far as there is room. */
export function FieldList({ fields, form }: { fields: Field[]; form: FormContext }) {
  return html`
    <div class="fields">${fields.map((field) =>
      html`<${FieldView} key=${field.path} field=${field} form=${form} />`
    )}</div>
  `;
}

function Rows({ field, form }: FieldProps) {
  if (field.kind !== "rows") return null;
  const length = rowsOf(field, form.draft.value);
  const id = idOf(form, field);
  const add = () => {
    form.enter({ [`${field.path}#`]: String(length + 1) });
    focusSoon(`#${CSS.escape(id)}-row-${length} :is(input, select, textarea)`);
  };
  const remove = (index: number) => {
    form.replace(withoutRow(field, form.draft.value, index));
    focusSoon(`#${CSS.escape(id)}-add`);
  };
  return html`
    ${Array.from({ length }, (_, index) => {
      const item = field.item(index);
      return html`
        <div class="list-row" key=${index} id="${id}-row-${index}">
          <${FieldView} field=${item} form=${form} />
          <button type="button" onClick=${() => remove(index)}>
            Remove<span class="visually-hidden"> ${item.label}</span>
          </button>
        </div>
      `;
    })}
    <button type="button" id="${id}-add" onClick=${add}>
      Add<span class="visually-hidden"> to ${field.label}</span>
    </button>
  `;
}

function Alternatives({ field, form }: FieldProps) {
  if (field.kind !== "either") return null;
  const picked = wayOf(field, form.draft.value);
  const way = field.ways[picked];
  const id = `${idOf(form, field)}-way`;
  return html`
    <div class="field">
      <label class="visually-hidden" for=${id}>Kind of ${field.label}</label>
      <select id=${id} value=${String(picked)}
        onInput=${(event: Event & { currentTarget: HTMLSelectElement }) =>
          form.enter({ [`${field.path}|`]: event.currentTarget.value })}>
        ${!field.required && html`<option value="-1" selected=${picked < 0}>not given</option>`}
        ${field.ways.map((way, index) =>
          html`<option value=${String(index)} selected=${index === picked}>${wayLabel(way)}</option>`
        )}
      </select>
    </div>
    ${way?.kind === "group"
      ? html`<${FieldList} key=${picked} fields=${way.fields.filter(({ kind }) => kind !== "fixed")} form=${form} />`
      : null}
    ${way && way.kind !== "group" && way.kind !== "fixed" &&
      html`<${FieldView} key=${picked} field=${way} form=${form} />`}
  `;
}

function idOf(form: FormContext, { path }: Field): string {
  return `${form.id}-${encodeURIComponent(path)}`;
}

/** Moves the focus to the next input after it is rendered. */
function focusSoon(selector: string): void {
  setTimeout(() => document.querySelector<HTMLElement>(selector)?.focus());
}
