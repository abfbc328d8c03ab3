/// <reference lib="dom" />
/**
 * Keeps the element under the pointer in its place when something above it appears or disappears, by scrolling the
 * page. Browsers do this only for changes out of sight.
 *
 * @module
 */

/** A larger move is not corrected: another view is shown. */
const MAX_MOVE_PX = 400;

/** Keeps the page steady until the returned function is called. */
export function keepSteady(): () => void {
  let held: { element: Element; top: number } | undefined;
  let pointer: { x: number; y: number } | undefined;
  let isAsked = false;

  const hold = () => {
    isAsked = false;
    const element = pointer && document.elementFromPoint(pointer.x, pointer.y);
    // A dialog lies over the page, and does not move with it.
    const isInPage = element && document.getElementById("main")?.contains(element) && !element.closest("dialog");
    held = isInPage ? { element, top: element.getBoundingClientRect().top } : undefined;
    document.documentElement.style.overflowAnchor = held ? "none" : "";
  };
  const later = () => {
    if (!isAsked) requestAnimationFrame(hold);
    isAsked = true;
  };
  const restore = () => {
    if (!held?.element.isConnected) return later();
    const move = held.element.getBoundingClientRect().top - held.top;
    if (Math.abs(move) < 1) return;
    if (Math.abs(move) <= MAX_MOVE_PX) {
      // Makes a short page long enough to scroll.
      const missing = move - (document.documentElement.scrollHeight - innerHeight - scrollY);
      if (missing > 0) document.body.style.marginBottom = `${missing}px`;
      scrollBy({ top: move, behavior: "instant" });
    }
    later();
  };
  const onMove = ({ clientX, clientY, pointerType }: PointerEvent) => {
    pointer = pointerType === "mouse" ? { x: clientX, y: clientY } : undefined;
    later();
  };
  const onLeave = () => {
    pointer = undefined;
    later();
  };
  const onRoute = () => {
    held = undefined;
    document.body.style.marginBottom = "";
    later();
  };
  const changes = new MutationObserver(restore);
  changes.observe(document.body, { childList: true, characterData: true, subtree: true });
  addEventListener("pointermove", onMove, { passive: true });
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later);
  addEventListener("hashchange", onRoute);
  document.documentElement.addEventListener("pointerleave", onLeave);
  return () => {
    changes.disconnect();
    removeEventListener("pointermove", onMove);
    removeEventListener("scroll", later);
    removeEventListener("resize", later);
    removeEventListener("hashchange", onRoute);
    document.documentElement.removeEventListener("pointerleave", onLeave);
  };
}
