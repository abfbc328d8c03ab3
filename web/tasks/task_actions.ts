/// <reference lib="dom" />
import { html } from "htm/preact";
import type { TaskStatus } from "../../lib/client/mod.ts";
import { api } from "../bench/bench.ts";

/** Does something with a task, and shows its failure. */
export type Act = (work: () => Promise<unknown>) => Promise<void>;

/** The question of a task, and the buttons that pause, resume and cancel it. */
export function TaskActions({ task, act }: { task: TaskStatus; act: Act }) {
  const { task_id: id, running, question, pausing, cancelling } = task;
  if (!running) return null;
  return html`
    ${question && html`
      <div class="banner warn" role="group" aria-label="Question of ${id}">
        <p>${question.text}</p>
        <div class="row">${question.choices.map((choice) =>
          html`
            <button key=${choice} onClick=${() => act(() => api.tasks.answer(id, choice))}
              aria-label="${choice}, for ${id}">${choice}</button>
          `
        )}</div>
      </div>
    `}
    <div class="row">
      ${pausing
        ? html`<button onClick=${() => act(() => api.tasks.resume(id))} aria-label="Resume ${id}">Resume</button>`
        : html`<button onClick=${() => act(() => api.tasks.pause(id))} aria-label="Pause ${id}">Pause</button>`}
      <button class="danger" disabled=${cancelling} onClick=${() => act(() => api.tasks.cancel(id))}
        aria-label="Cancel ${id}">Cancel</button>
    </div>
  `;
}
