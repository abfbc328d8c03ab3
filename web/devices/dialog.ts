/// <reference lib="dom" />
import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

/** What asks. */
export interface DialogProps {
  title: string;
  /** It was closed, by whatever way. */
  onClose(): void;
  children?: ComponentChildren;
}

/** Asks something before anything else can be done. Escape closes it; however it goes, the focus goes back to where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    // A dialog that leaves the page without being closed gives nothing back.
    return () => before?.focus();
  }, []);
  return html`
    <dialog ref=${dialog} aria-labelledby=${id} onClose=${onClose}>
      <h2 id=${id}>${title}</h2>
      ${children}
    </dialog>
  `;
}
