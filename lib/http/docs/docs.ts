import { Hono } from "hono";
import page from "./page.html" with { type: "text" };

/** The page may load from this daemon only. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI sets styles by itself, and draws its icons from data.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

type Text = () => Promise<{ default: string }>;

/** Almost two megabytes of text, read at the first request. */
const FILES: Record<string, [type: string, load: Text]> = {
  "/assets/docs.js": ["text/javascript", () => import("./page.js", { with: { type: "text" } })],
  "/assets/swagger-ui-bundle.js": [
    "text/javascript",
    () => import("swagger-ui-dist/swagger-ui-bundle.js", { with: { type: "text" } }),
  ],
  "/assets/swagger-ui.css": [
    "text/css",
    () => import("swagger-ui-dist/swagger-ui.css", { with: { type: "text" } }),
  ],
};

/** `/docs`: the API description as a page, and the files that it loads. */
export function docsRoutes(): Hono {
  const app = new Hono();
  app.get("/docs", (c) =>
    c.body(page, 200, {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-cache",
      "Content-Security-Policy": POLICY,
    }));
  for (const [path, [type, load]] of Object.entries(FILES)) {
    app.get(path, async (c) => {
      const { default: text } = await load();
      return c.body(text, 200, { "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-cache" });
    });
  }
  return app;
}
