/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { href, route } from "../page/route.ts";

/** True while the page shows the bench without navigation. */
export function isWall(): boolean {
  const { path: [place = "bench"], query } = route.value;
  return place === "bench" && query.get("view") === "wall";
}

/** The address of the bench in another view; the search and the order stay. */
function addressOf(view: "wall" | undefined): string {
  const { view: _, ...rest } = Object.fromEntries(route.peek().query);
  return href(["bench"], view ? { ...rest, view } : rest);
}

/** Shows the bench on the full screen, without navigation. */
export function WallButton() {
  const open = async () => {
    location.hash = addressOf("wall");
    // Where the browser refuses, the page fills its window.
    await document.documentElement.requestFullscreen?.().catch(() => {});
  };
  return html`<button type="button" onClick=${open}>Wall</button>`;
}

/** The way back from the wall, which shows under the pointer and with the focus. Leaving the full screen leads back, too. */
export function WallExit() {
  const leave = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    location.hash = addressOf(undefined);
  };
  useEffect(() => {
    const onChange = () => document.fullscreenElement || leave();
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && leave();
    document.addEventListener("fullscreenchange", onChange);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("fullscreenchange", onChange);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  return html`<button type="button" class="wall-exit" onClick=${leave}>Leave the wall</button>`;
}
