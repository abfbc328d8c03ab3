/// <reference lib="dom" />
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import type { TaskStatus, TaskTypeStatus } from "../../lib/client/mod.ts";
import { api } from "../bench/bench.ts";
import { askShown, isView, type MaybeUnanswered } from "../bench/fleet.ts";
import { Unanswered } from "../fleet/unanswered.ts";
import { href } from "../page/route.ts";
import { dateAndTime } from "../words/times.ts";
import { StartTaskForm } from "./start_task_form.ts";
import { type Act, TaskActions } from "./task_actions.ts";
import { progressWords, stateClass, stateWords } from "./task_words.ts";
import { usePolled } from "./use_polled.ts";

/** The tasks that run and the last that have ended, and the form that starts one. */
export function TasksPage() {
  const [found, setFound] = useState<Found | undefined>(undefined);
  const look = async () => setFound(await (isView.peek() ? lookAtBenches() : lookAtBench()));
  const { failure, act } = usePolled(look);
  const failed = found?.types.filter(({ error }) => error) ?? [];
  return html`
    <h1>Tasks</h1>
    <p class="bad" role="alert">${failure}</p>
    ${failed.map(({ file, error }) => html`<p key=${file} class="bad">${file}: ${error!.message}</p>`)}
    <${Unanswered} answer=${found} />
    ${found && found.tasks.length === 0 && found.types.length > 0 && html`<p>No task was started yet.</p>`}
    ${found && found.tasks.length > 0 && html`
      <div class="scrolled tasks-list" tabindex="0" role="region" aria-label="Tasks">
        <table class="listing tasks">
          <thead>
            <tr>${["Task", "Type", "State", "Progress", "Devices", "Started", "Actions"].map((it) =>
              html`<th scope="col">${it}</th>`
            )}</tr>
          </thead>
          <tbody>${found.tasks.map((task) => html`<${Row} key=${task.task_id} task=${task} act=${act} />`)}</tbody>
        </table>
      </div>
    `}
    ${found && (found.types.length > 0 || !found.unanswered?.length) &&
      html`<${StartTaskForm} types=${found.types} onStarted=${look} />`}
  `;
}

interface Found extends MaybeUnanswered {
  tasks: TaskStatus[];
  types: TaskTypeStatus[];
}

async function lookAtBench(): Promise<Found> {
  const [tasks, types] = await Promise.all([api.tasks.list(), api.tasks.types()]);
  return { tasks, types };
}

async function lookAtBenches(): Promise<Found> {
  const [tasks, types] = await Promise.all([
    askShown<{ tasks: TaskStatus[] } & MaybeUnanswered>("tasks"),
    askShown<{ task_types: TaskTypeStatus[] }>("task-types"),
  ]);
  return { tasks: tasks?.tasks ?? [], types: types?.task_types ?? [], unanswered: tasks?.unanswered };
}

function Row({ task, act }: { task: TaskStatus; act: Act }) {
  const { task_id, task_type, progress, device_ids, by, started_at } = task;
  return html`
    <tr>
      <th scope="row"><a href=${href(["tasks", task_id])}>${task_id}</a></th>
      <td>${task_type}</td>
      <td class=${stateClass(task)}>${stateWords(task)}</td>
      <td>
        ${typeof progress?.fraction === "number" &&
          html`<progress max="1" value=${progress.fraction} aria-label="Progress of ${task_id}"></progress>`}
        <small>${progressWords(task)}</small>
      </td>
      <td>${device_ids.map((id) => html`<a key=${id} href=${href(["devices", id])}>${id}</a>${" "}`)}</td>
      <td>${dateAndTime(Date.parse(started_at))} <small class="soft">by ${by}</small></td>
      <td>
        <${TaskActions} task=${task} act=${act} />
      </td>
    </tr>
  `;
}
