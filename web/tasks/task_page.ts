/// <reference lib="dom" />
import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import type { TaskData, TaskDetail } from "../../lib/client/mod.ts";
import { api } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { shortJson } from "../words/short_json.ts";
import { dateAndTime } from "../words/times.ts";
import { TaskActions } from "./task_actions.ts";
import { progressWords, stateClass, stateWords } from "./task_words.ts";
import { usePolled } from "./use_polled.ts";
import { linesOf, XYPlot } from "./xy_plot.ts";

/** The rows that the plot keeps. */
const MAX_ROWS = 20_000;

/** One task: its state, its data as they arrive, its question, its result and its output. */
export function TaskPage({ id }: { id: string }) {
  const [task, setTask] = useState<TaskDetail | undefined>(undefined);
  const [rows, setRows] = useState<TaskData["rows"]>([]);
  const after = useRef(0);
  const look = async () => {
    const found = await api.tasks.get(id);
    for (let more = true; more;) {
      const data = await api.tasks.data(id, after.current);
      after.current = data.next;
      more = data.rows.length > 0;
      if (more) setRows((known) => [...known, ...data.rows].slice(-MAX_ROWS));
    }
    setTask(found);
  };
  const { failure, act } = usePolled(look);
  const { property } = task?.params ?? {};
  return html`
    <p class="back"><a href=${href(["tasks"])}>All tasks</a></p>
    <h1>${id}</h1>
    <p class="bad" role="alert">${failure}</p>
    ${!task && !failure && html`<p>Loading…</p>`}
    ${task && html`
      <p role="status">
        <strong class=${stateClass(task)}>${stateWords(task)}</strong>${" "}
        ${typeof task.progress?.fraction === "number" &&
          html`<progress max="1" value=${task.progress.fraction} aria-label="Progress"></progress>`}
        ${" "}${progressWords(task)}
      </p>
      <${TaskActions} task=${task} act=${act} />
      <${XYPlot} lines=${linesOf(rows)} x=${typeof property === "string" ? property : "x"} />
      ${task.exception && html`
        <section class="card">
          <h2>Failure</h2>
          <p class="bad">${task.exception.error.message}</p>
        </section>
      `}
      ${task.status === "completed" && html`
        <section class="card">
          <h2>Result</h2>
          <pre>${shortJson(task.result)}</pre>
        </section>
      `}
      <section class="card">
        <h2>Facts</h2>
        <dl class="task-facts">
          <dt>Type</dt><dd>${task.task_type}</dd>
          <dt>Params</dt><dd><pre>${shortJson(task.params)}</pre></dd>
          <dt>Devices</dt><dd>${task.device_ids.map((it) =>
            html`<a href=${href(["devices", it])}>${it}</a>${" "}`
          )}</dd>
          <dt>Started</dt><dd>${dateAndTime(Date.parse(task.started_at))} by ${task.by}</dd>
          ${task.ended_at && html`
            <dt>Ended</dt>
            <dd>${dateAndTime(Date.parse(task.ended_at))}</dd>
          `}
          <dt>Steps</dt><dd>${stepWords(task)}</dd>
          ${task.recording_id && html`
            <dt>Recording</dt>
            <dd><a href=${href(["recordings", task.recording_id])}>${task.recording_id}</a></dd>
          `}
          ${task.restarts > 0 && html`
            <dt>Restarts</dt>
            <dd>${task.restarts}</dd>
          `}
        </dl>
      </section>
      <section class="card">
        <h2>Log</h2>
        <ol class="task-log">${task.log.toReversed().map(({ at, level, text }) =>
          html`
            <li key=${at + text} class=${level === "error" ? "bad" : level === "warning" ? "warn" : ""}>
              <time class="soft" datetime=${at}>${dateAndTime(Date.parse(at))}</time> ${text}
            </li>
          `
        )}</ol>
      </section>
    `}
  `;
}

function stepWords({ steps: { done, failed, skipped, unknown, last } }: TaskDetail): string {
  return [
    `${done} done`,
    failed > 0 && `${failed} failed`,
    skipped > 0 && `${skipped} skipped`,
    unknown.length > 0 && `begun before a crash and not known to have ended: ${unknown.join(", ")}`,
    last && `the last one: ${last}`,
  ].filter(Boolean).join(", ");
}
