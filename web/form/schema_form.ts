/// <reference lib="dom" />
import { type Signal, useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useMemo, useRef } from "preact/hooks";
import { type JsonSchema, ServerAPIError } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Issue } from "../../lib/wire/error_report.ts";
import { outage } from "../bench/bench.ts";
import type { FormContext } from "./context.ts";
import type { Draft } from "./draft.ts";
import { formOf } from "./form_of.ts";
import { FieldList, FieldView } from "./field_view.ts";
import { NO_ISSUES, type PlacedIssues, placeIssues } from "./issues.ts";
import { readForm } from "./value.ts";

/** The properties of a form. */
export interface SchemaFormProps {
  schema: JsonSchema;
  /** The entries. They outlive the form. */
  draft: Signal<Draft>;
  /** The words on the button, and those while the request runs. */
  submit: string;
  submitting: string;
  /** Sends the value. The form shows an error that it throws. */
  onSubmit(value: unknown): Promise<void>;
  /** Called when the entries cannot be sent. The form shows the reason. */
  onUnsendable?(): void;
  /** Maps the path of the daemon's issue to a path in the form. */
  placeOf?(path: string): string;
  /** The reason why it cannot be sent now. */
  blocked?: string;
  /** Further buttons. */
  children?: ComponentChildren;
}

/** A form for a schema. The daemon validates the values; its issues stand beside their fields. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, draft, submit, submitting, onSubmit, onUnsendable, placeOf = (path) => path, blocked, children } =
    props;
  const id = useId();
  // Each poll makes a new object; only another text is another schema.
  const text = JSON.stringify(schema);
  const field = useMemo(() => formOf(schema), [text]);
  const issues = useSignal<PlacedIssues>(NO_ISSUES);
  const isBusy = useSignal(false);
  const element = useRef<HTMLFormElement>(null);
  const hasNewIssues = useRef(false);

  // After a submit only: typing must not move the focus.
  useEffect(() => {
    if (hasNewIssues.current) focusFirst(element.current);
    hasNewIssues.current = false;
  }, [issues.value]);

  // A draft that another part of the page has replaced has no issues yet.
  const checkedDraft = useRef(draft.value);
  if (checkedDraft.current !== draft.value) issues.value = NO_ISSUES;
  checkedDraft.current = draft.value;

  const showIssues = (found: Issue[]) => {
    hasNewIssues.current = true;
    issues.value = placeIssues(field, draft.value, found);
  };

  const enter = (entries: Draft) => {
    draft.value = checkedDraft.current = { ...draft.value, ...entries };
    clearIssues(issues, Object.keys(entries));
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
      return showIssues(unsendable);
    }
    isBusy.value = true;
    issues.value = NO_ISSUES;
    try {
      await onSubmit(value);
    } catch (thrown) {
      showIssues(issuesOf(thrown).map(({ path, message }) => ({ path: placeOf(path), message })));
    } finally {
      isBusy.value = false;
    }
  };
  const cannot = isBusy.value || outage.value !== undefined || Boolean(blocked);
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
        ? html`<${FieldList} fields=${field.fields} form=${form} />`
        : html`<${FieldView} field=${{ ...field, label: "Values" }} form=${form} />`}
      <div class="row">
        <button class="main" type="submit" aria-disabled=${cannot}>${isBusy.value ? submitting : submit}</button>
        ${blocked && html`<span class="soft">${blocked}</span>`}
        ${children}
      </div>
    </form>
  `;
}

/** Clears the issues of fields that were changed. */
function clearIssues(issues: Signal<PlacedIssues>, paths: string[]): void {
  const { beside, above } = issues.value;
  if (!paths.some((path) => beside.has(path))) return;
  issues.value = { above, beside: new Map([...beside].filter(([path]) => !paths.includes(path))) };
}

/** The issues in the daemon's answer, or its message. */
function issuesOf(thrown: unknown): Issue[] {
  const found = thrown instanceof ServerAPIError ? thrown.context.issues : undefined;
  if (!Array.isArray(found) || found.length === 0) return [{ path: "", message: messageOf(thrown) }];
  return found;
}

function focusFirst(form: HTMLFormElement | null): void {
  const first = form?.querySelector<HTMLElement>("[data-above], [data-wrong=true]");
  const control = first?.matches("[data-above]")
    ? first
    : first?.querySelector<HTMLElement>("input, select, textarea, button");
  control?.focus();
}
