/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { messageOf } from "../../lib/errors.ts";
import { api } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { LINK_KEY } from "./keep_view.ts";

/** Gets a layout from the daemon, and goes to the view that it has. */
export function OpenLayout({ name }: { name: string }) {
  const [failure, setFailure] = useState("");
  useEffect(() => {
    let isWanted = true;
    api.getLayout(name).then(({ layout: { devices, view } }) => {
      const ids = Array.isArray(devices) ? devices.filter((id) => typeof id === "string") : [];
      const query = { devices: ids.join(","), [LINK_KEY]: JSON.stringify(view ?? {}) };
      if (isWanted) location.replace(href(["plots"], query));
    }).catch((error) => isWanted && setFailure(messageOf(error)));
    return () => {
      isWanted = false;
    };
  }, [name]);
  return failure ? html`<p class="bad" role="alert">${failure}</p>` : html`<p>Opening “${name}”…</p>`;
}
