/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { AuditEntry } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api } from "../bench/bench.ts";
import { href, route } from "../page/route.ts";
import { isAdministrator } from "../session/session.ts";
import { AuditFilter } from "./audit_filter.ts";
import { queryOf } from "./audit_query.ts";
import { AuditTable } from "./audit_table.ts";

/** The entries of one answer. */
const PAGE_LIMIT = 100;

/** The state of the list: its entries, the newest first, and the place from which it goes on. */
interface Listed {
  entries: AuditEntry[];
  next: string | null;
}

/** The record of commands and refusals, with a filter. */
export function AuditLogPage() {
  const { query } = route.value;
  const asked = query.toString();
  const [listed, setListed] = useState<Listed | undefined>(undefined);
  const [failure, setFailure] = useState("");
  const [isBusy, setBusy] = useState(false);
  // An answer to what is not asked any more is left.
  const turn = useRef(0);

  const load = async (after?: Listed) => {
    const own = ++turn.current;
    setBusy(true);
    setFailure("");
    try {
      const before = after?.next ?? undefined;
      const { entries, next } = await api.listAudit({ ...queryOf(query), limit: PAGE_LIMIT, before });
      if (own !== turn.current) return;
      setListed({ entries: [...after?.entries ?? [], ...entries.reverse()], next });
    } catch (error) {
      if (own === turn.current) setFailure(messageOf(error));
    }
    if (own === turn.current) setBusy(false);
  };

  useEffect(() => {
    if (isAdministrator.value) void load();
  }, [asked, isAdministrator.value]);

  if (!isAdministrator.value) {
    return html`
      <h1>Audit log</h1>
      <p>It is for administrators of all devices. There is none where no token is needed.</p>
    `;
  }
  const entries = listed?.entries ?? [];
  return html`
    <h1>Audit log</h1>
    <p class="soft">Who has commanded what, and who was refused. Each command has two entries: one before it is done, one
      with its answer. <code>ctl audit verify</code> finds entries that were changed.</p>
    <${AuditFilter} key=${asked} query=${query} onFilter=${(filter: Record<string, string>) => {
      location.hash = href(["audit"], filter);
    }} onRefresh=${() => load()} />
    <p class="bad" role="alert">${failure}</p>
    <p class="soft" role="status">${isBusy ? "Loading…" : listed &&
      `${entries.length} ${entries.length === 1 ? "entry" : "entries"}${
        listed.next === null ? "" : ", and older ones"
      }`}</p>
    ${entries.length > 0 && html`<${AuditTable} entries=${entries} />`}
    ${listed?.next && html`<p><button disabled=${isBusy} onClick=${() => load(listed)}>Older entries</button></p>`}
  `;
}
