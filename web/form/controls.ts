/// <reference lib="dom" />
import { html } from "htm/preact";
import type { FormContext } from "./context.ts";
import { choiceText, textOf } from "./draft.ts";
import type { Field } from "./field.ts";
import { fieldUnit } from "./hint.ts";
import { RecordingChoice } from "./recording_choice.ts";

/** The properties of a control, for people, screen readers and programs. */
interface ControlProps {
  field: Field;
  form: FormContext;
  id: string;
  describedBy: string | undefined;
  isInvalid: boolean;
}

type Typed = Event & { currentTarget: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement };

/** The control for one value: an input, a check box or a list. */
export function Control({ field, form, id, describedBy, isInvalid }: ControlProps) {
  const { path, kind, required } = field;
  const text = textOf(field, form.draft.value);
  const props = {
    id,
    name: path,
    "aria-describedby": describedBy,
    "aria-invalid": isInvalid ? "true" : undefined,
    "aria-required": required && kind !== "switch" ? "true" : undefined,
    onInput: (event: Typed) => form.enter({ [path]: event.currentTarget.value }),
  };
  switch (kind) {
    case "switch":
      return html`
        <input type="checkbox" ...${props} checked=${text === "true"}
          onInput=${({ currentTarget }: Typed) =>
            form.enter({ [path]: String((currentTarget as HTMLInputElement).checked) })} />
      `;
    case "choice":
      return html`<${Choices} field=${field} text=${text} props=${props} />`;
    case "text":
      if (field.schema.format === "recording") return html`<${RecordingChoice} text=${text} props=${props} />`;
      return html`<${Line} field=${field} text=${text} props=${props} />`;
    case "json":
      return html`<textarea ...${props} rows=${lines(text, 3)} spellcheck=${false} value=${text}></textarea>`;
    default:
      return html`<${Line} field=${field} text=${text} props=${props} />`;
  }
}

function Line({ field, text, props }: { field: Field; text: string; props: Record<string, unknown> }) {
  // An input of one line would drop the line ends of a text that has some.
  if (text.includes("\n") || isMultiline(field)) {
    return html`<textarea ...${props} rows=${lines(text, isMultiline(field) ? 6 : 2)} value=${text}></textarea>`;
  }
  return html`
    <input type="text" ...${props} inputmode=${keypadFor(field)} value=${text} autocomplete="off"
      autocapitalize="off" spellcheck=${false} />
  `;
}

/** True for a text that has lines, as a driver or a task says by the format of its schema. */
function isMultiline({ schema }: Field): boolean {
  return schema.format === "multiline";
}

/** The unit behind an input. */
export function Unit({ field }: { field: Field }) {
  const unit = field.kind === "number" || field.kind === "numbers" ? fieldUnit(field) : "";
  return unit && html`<span class="unit" aria-hidden="true">${unit}</span>`;
}

function Choices({ field, text, props }: { field: Field; text: string; props: Record<string, unknown> }) {
  if (field.kind !== "choice") return null;
  const isOffered = field.choices.some((choice) => choiceText(choice) === text);
  return html`
    <select ...${props} value=${text}>
      ${(text === "" || !field.required) &&
        html`<option value="" selected=${text === ""}>${field.required ? "Choose…" : "not given"}</option>`}
      ${field.choices.map((choice) =>
        html`<option value=${choiceText(choice)} selected=${choiceText(choice) === text}>${choice.label}</option>`
      )}
      ${text !== "" && !isOffered && html`<option value=${text} selected>${text} (not offered any more)</option>`}
    </select>
  `;
}

/** A phone's keypad for digits has no minus and no exponent, and that for decimals in many languages no point. */
function keypadFor({ kind, schema: { type, minimum, exclusiveMinimum } }: Field): string | undefined {
  const least = minimum ?? exclusiveMinimum;
  return kind === "number" && type === "integer" && typeof least === "number" && least >= 0 ? "numeric" : undefined;
}

function lines(text: string, least: number): number {
  return Math.min(15, Math.max(least, text.split("\n").length));
}
