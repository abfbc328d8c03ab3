/// <reference lib="dom" />
import { type Signal, useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useMemo, useRef } from "preact/hooks";
import { type JsonSchema, ServerAPIError } from "../../lib/client/mod.ts";
import { type Issue, messageOf } from "../../lib/errors.ts";
import { away } from "../bench/bench.ts";
import type { FormContext } from "./context.ts";
import type { Draft } from "./draft.ts";
import { formOf } from "./form_of.ts";
import { Fields, FieldView } from "./field_view.ts";
import { NO_ISSUES, type PlacedIssues, placeIssues } from "./issues.ts";
import { readForm } from "./value.ts";

/** What a form is made from, and what is done with it. */
export interface SchemaFormProps {
  schema: JsonSchema;
  /** What has been entered; it outlives the form. */
  draft: Signal<Draft>;
  /** The words on the button, and those while it is under way. */
  submit: string;
  submitting: string;
  /** Sends the value. What it throws is told in the form. */
  onSubmit(value: unknown): Promise<void>;
  /** Somebody wanted to send what cannot be sent; the form says why. */
  onUnsendable?(): void;
  /** Where in the form the path of an issue is, if the form asks for more than what the daemon names. */
  placeOf?(path: string): string;
  /** Why it cannot be sent now, if so. */
  blocked?: string;
  /** Further buttons. */
  children?: ComponentChildren;
}

/** A form for a schema. Whether its values fit is the daemon's to say; what it says stands beside the field. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, draft, submit, submitting, onSubmit, onUnsendable, placeOf = (path) => path, blocked, children } =
    props;
  const id = useId();
  // The schema is a new object at every look; only another text is another form.
  const text = JSON.stringify(schema);
  const field = useMemo(() => formOf(schema), [text]);
  const issues = useSignal<PlacedIssues>(NO_ISSUES);
  const isBusy = useSignal(false);
  const element = useRef<HTMLFormElement>(null);
  const isNews = useRef(false);

  // Only when the form was sent: typing must not move the focus.
  useEffect(() => {
    if (isNews.current) focusFirst(element.current);
    isNews.current = false;
  }, [issues.value]);

  // What was filled in from elsewhere is not what was found wrong.
  const judged = useRef(draft.value);
  if (judged.current !== draft.value) issues.value = NO_ISSUES;
  judged.current = draft.value;

  const tell = (found: Issue[]) => {
    isNews.current = true;
    issues.value = placeIssues(field, draft.value, found);
  };

  const enter = (entries: Draft) => {
    draft.value = judged.current = { ...draft.value, ...entries };
    forget(issues, Object.keys(entries));
  };
  const form: FormContext = {
    id,
    draft,
    issues: issues.value,
    enter,
    // Rows have moved, and with them what the paths of the issues mean.
    replace: (entries) => {
      draft.value = entries;
    },
  };
  const send = async () => {
    const { value, issues: unsendable } = readForm(field, draft.value);
    if (unsendable.length) {
      onUnsendable?.();
      return tell(unsendable);
    }
    isBusy.value = true;
    issues.value = NO_ISSUES;
    try {
      await onSubmit(value);
    } catch (thrown) {
      tell(issuesOf(thrown).map(({ path, message }) => ({ path: placeOf(path), message })));
    } finally {
      isBusy.value = false;
    }
  };
  const cannot = isBusy.value || away.value !== undefined || Boolean(blocked);
  const { above } = issues.value;
  return html`
    <form class="schema-form" novalidate ref=${element} onSubmit=${(event: Event) => {
      event.preventDefault();
      if (!cannot) send();
    }}>
      ${above.length > 0 && html`
        <div class="banner bad" tabindex="-1" data-above>${above.map((message) => html`<p>${message}</p>`)}</div>
      `}
      ${field.kind === "group"
        ? html`<${Fields} fields=${field.fields} form=${form} />`
        : html`<${FieldView} field=${{ ...field, label: "Values" }} form=${form} />`}
      <div class="row">
        <button class="main" type="submit" aria-disabled=${cannot}>${isBusy.value ? submitting : submit}</button>
        ${blocked && html`<span class="soft">${blocked}</span>`}
        ${children}
      </div>
    </form>
  `;
}

/** What a person has just changed is not yet known to be wrong. */
function forget(issues: Signal<PlacedIssues>, paths: string[]): void {
  const { beside, above } = issues.value;
  if (!paths.some((path) => beside.has(path))) return;
  issues.value = { above, beside: new Map([...beside].filter(([path]) => !paths.includes(path))) };
}

/** Each thing that the daemon found wrong; else its message as a whole. */
function issuesOf(thrown: unknown): Issue[] {
  const told = thrown instanceof ServerAPIError ? thrown.context.issues : undefined;
  if (!Array.isArray(told) || told.length === 0) return [{ path: "", message: messageOf(thrown) }];
  return told.map(({ path, message }) => ({ path, message: message.replace(MISSING, "This is needed: $1") }));
}

/** What zod says of a field that was left out. */
const MISSING = /^Invalid input: expected (.+), received undefined$/;

function focusFirst(form: HTMLFormElement | null): void {
  const first = form?.querySelector<HTMLElement>("[data-above], [data-wrong=true]");
  const control = first?.matches("[data-above]")
    ? first
    : first?.querySelector<HTMLElement>("input, select, textarea, button");
  control?.focus();
}
