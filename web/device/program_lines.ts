/// <reference lib="dom" />
import { html } from "htm/preact";
import { CopyButton } from "../page/copy_button.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";

/** The lines that read a device, by the program's language. */
export function programLines(url: string, id: string): [where: string, line: string][] {
  return [
    ["A terminal", `curl -N ${url}/stream/devices/${id}`],
    [
      "Python (python)",
      `from labdaemon.server import SSEClient\n\n` +
      `client = SSEClient("${url}", on_event=lambda event: print(event.get("payload")))\n` +
      `client.start_device_stream("${id}")`,
    ],
    [
      "JavaScript",
      `const source = new EventSource("${url}/stream/devices/${id}");\n` +
      `source.addEventListener("device_data", (event) => console.log(JSON.parse(event.data).payload));`,
    ],
  ];
}

/** The lines, each with a copy button. */
export function ProgramLines({ id }: { id: string }) {
  return html`
    <details class="card">
      <summary><h2>Read it from a program</h2></summary>
      ${programLines(DAEMON_URL, id).map(([where, line]) =>
        html`
          <h3>${where}</h3>
          <div class="copied">
            <pre tabindex="0" aria-label=${where}><code>${line}</code></pre>
            <${CopyButton} text=${line} what="the lines for: ${where}" />
          </div>
        `
      )}
    </details>
  `;
}
