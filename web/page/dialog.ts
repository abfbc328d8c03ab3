/// <reference lib="dom" />
import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

/** The properties of a dialog. */
export interface DialogProps {
  title: string;
  /** Called when the dialog is closed, in any way. */
  onClose(): void;
  children?: ComponentChildren;
}

/** A modal dialog. Escape closes it. The focus then returns to its previous element. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const shown = dialog.current!;
    shown.showModal();
    return () => {
      // Closed first: a shown dialog keeps the focus, and one that is removed while open does not give it back.
      shown.close();
      before?.focus();
    };
  }, []);
  // The browser reports the close a frame later. A dialog that was removed meanwhile was closed by this component.
  const onClosed = () => dialog.current && onClose();
  return html`
    <dialog ref=${dialog} aria-labelledby=${id} onClose=${onClosed}>
      <h2 id=${id}>${title}</h2>
      ${children}
    </dialog>
  `;
}
