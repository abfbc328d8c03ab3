import { html } from "hono/html";

/** The headers of the page: it loads nothing. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/**
 * The page for a person who opened the daemon under a name that it does not answer to. The page names the line to add,
 * and its file.
 *
 * @param asked The name as the browser sent it, with its port if it has one.
 */
export async function unknownHostPage(asked: string): Promise<Response> {
  const name = asked.replace(/:\d+$/, "");
  const page = await html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>LabDaemon: ${name} is not allowed yet</title>
    <style>
      body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
      pre { padding: .75rem; border: 1px solid; border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <main>
      <h1>LabDaemon is here, but it does not answer to “${asked}” yet</h1>
      <p>Someone must allow this name. Add this line to the bench file (bench.yaml) on the machine of the daemon, and restart
      the daemon:</p>
      <pre><code>allowed_hosts: [${JSON.stringify(name)}]</code></pre>
      <p>If the file has <code>allowed_hosts</code> already, add the name to its list. Without a change, open the daemon by
      one of the addresses that it prints when it starts.</p>
      <p>Why: a page of another site could give its own name the address of this daemon, and then command your instruments
      through your browser. So the daemon answers only to names that it knows.</p>
    </main>
  </body>
</html>`;
  return new Response(String(page), { status: 403, headers: HEADERS });
}
