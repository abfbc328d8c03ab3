/// <reference lib="dom" />
import type { View } from "../../stream/view.ts";

/**
 * Moves the view with a finger, by dragging the axis of time, and by dragging the plot with Shift: without it, dragging
 * chooses a range to zoom to.
 *
 * @param width The width of the plot in pixels.
 */
export function pan(element: HTMLElement, width: () => number, view: View): () => void {
  let last: number | undefined;
  const isPan = (event: MouseEvent) =>
    event.button === 0 && (event.shiftKey || !(event.target as Element).closest(".u-over"));
  const onDown = (event: PointerEvent) => {
    if (event.pointerType !== "touch" && !isPan(event)) return;
    last = event.clientX;
    element.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    if (last === undefined) return;
    const by = event.clientX - last;
    last = event.clientX;
    if (by !== 0) view.move(-by / Math.max(1, width()));
  };
  const onEnd = () => last = undefined;
  // uPlot would take it as a selection.
  const onMouseDown = (event: MouseEvent) => isPan(event) && event.stopPropagation();
  element.addEventListener("pointerdown", onDown);
  element.addEventListener("pointermove", onMove);
  element.addEventListener("pointerup", onEnd);
  element.addEventListener("pointercancel", onEnd);
  element.addEventListener("mousedown", onMouseDown, { capture: true });
  return () => {
    element.removeEventListener("pointerdown", onDown);
    element.removeEventListener("pointermove", onMove);
    element.removeEventListener("pointerup", onEnd);
    element.removeEventListener("pointercancel", onEnd);
    element.removeEventListener("mousedown", onMouseDown, { capture: true });
  };
}
