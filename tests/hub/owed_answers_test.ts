import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import type { Msg } from "@nats-io/transport-node";
import { KnownBench } from "../../lib/hub/view/known_bench.ts";
import { OwedAnswers } from "../../lib/hub/view/owed_answers.ts";
import { fakeTime } from "../support/time.ts";

function bench() {
  const known = new KnownBench("lab3");
  const at = new Date().toISOString();
  const beat = { bench: "lab3", version: "1.0.0", host: null, epoch: "k3f9", since: at, heartbeat: 5, ended_at: null };
  const sendBeat = () => known.takeBeat({ ...beat, at: new Date().toISOString() });
  sendBeat();
  return { known, sendBeat };
}

Deno.test("a killed bench answers 503 behind three missing signs of life, before its heartbeats are missed", async () => {
  using time = fakeTime();
  const { known } = bench();
  let asked = 0;
  const owed = new OwedAnswers(() => (asked++, Promise.reject(new Error("no responders"))));
  const refused = rejects(owed.answer(known, new Promise<Msg>(() => {})), {
    code: "Unavailable",
    type: "BenchAway",
  });
  await time.tick(2_900);
  equal([asked, known.isThere], [2, true]);
  await time.tick(1_200);
  await refused;
  equal([asked, known.isThere], [3, false]);
  owed.close();
});

Deno.test("an answer that takes an hour comes, also where a sign of life was lost in a cut now and then", async () => {
  using time = fakeTime();
  const { known, sendBeat } = bench();
  const beats = setInterval(sendBeat, 5_000);
  let asked = 0;
  const owed = new OwedAnswers(() => ++asked % 3 === 0 ? Promise.resolve() : Promise.reject(new Error("timeout")));
  const answer = Promise.withResolvers<Msg>();
  const answered = owed.answer(known, answer.promise);
  await time.tick(3_600_000);
  equal(known.isThere, true);
  answer.resolve({ data: new Uint8Array([7]) } as Msg);
  equal((await answered).data[0], 7);
  const before = asked;
  await time.tick(10_000);
  equal(asked, before);
  clearInterval(beats);
  owed.close();
});
