import { Hono } from "hono";
import browserExample from "../../examples/browser.html" with { type: "text" };
import uPlotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uPlotJs from "uplot/dist/uPlot.esm.js" with { type: "text" };

/** What browsers load, all of it from this daemon: benches are often offline. */
const FILES: Record<string, [type: string, text: string]> = {
  "/examples/browser.html": ["text/html; charset=utf-8", browserExample],
  "/assets/uPlot.esm.js": ["text/javascript; charset=utf-8", uPlotJs],
  "/assets/uPlot.min.css": ["text/css; charset=utf-8", uPlotCss],
};

/** The pages, and the library files that they use. */
export function pageRoutes(): Hono {
  const app = new Hono();
  for (const [path, [type, text]] of Object.entries(FILES)) {
    app.get(path, (c) => c.body(text, 200, { "Content-Type": type, "Cache-Control": "no-cache" }));
  }
  return app;
}
