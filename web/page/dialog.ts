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
    const shown = dialog.current!;
    shown.showModal();
    return () => {
      // As long as it is shown, nothing behind it takes the focus; and one that leaves the page open gives none back.
      shown.close();
      before?.focus();
    };
  }, []);
  // The browser tells it a frame later: what has left the page by then was closed by us.
  const onClosed = () => dialog.current && onClose();
  return html`
    <dialog ref=${dialog} aria-labelledby=${id} onClose=${onClosed}>
      <h2 id=${id}>${title}</h2>
      ${children}
    </dialog>
  `;
}
