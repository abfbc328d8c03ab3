/**
 * A process that is many benches at a hub: `simulate.ts <hub> <public nkey of the view> <devices>`. At each line of its stdin, a
 * number, it becomes so many. Each announces itself and answers requests by the code of a bench; none has a stream at the hub.
 *
 * @module
 */
import { Principal } from "../../lib/access/principal.ts";
import { createApp } from "../../lib/http/app.ts";
import { Announcer } from "../../lib/hub/announcer.ts";
import { openConnection } from "../../lib/hub/hub_connection.ts";
import { answerRequests } from "../../lib/hub/requests.ts";
import { SignatureCheck } from "../../lib/hub/signed/signed_request.ts";
import { scriptedBench } from "../../tests/support/scripted_bench.ts";

const [server, view, devices] = Deno.args;
const { daemon } = await scriptedBench();
for (let i = 2; i <= Number(devices); i++) await daemon.addDevice(`daq${i}`, "Scripted");
const app = createApp(daemon);
const hub = await openConnection({ servers: [server] }, "simulated benches");
const never = new AbortController().signal;
/** A bench connects again after a failure, as one that the machine had no time for. */
const announce = async (announcer: Announcer) => {
  for (;;) await announcer.run(never).catch((error) => console.error(String(error)));
};
let benches = 0;
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const wanted = Number(text);
  while (benches < wanted) {
    const name = `lab${++benches}`;
    void announce(new Announcer(hub, daemon, { name, version: "1.0.0", host: `pc${benches}` }));
    const check = new SignatureCheck({ views: [view], bench: name, epoch: daemon.epoch });
    answerRequests(hub, { name, check }, {
      needsToken: false,
      fetch: (request, caller) =>
        app.fetch(request, { principal: new Principal({ ...caller!, within: `${name}/`, ended: never }) }),
    }, never);
    // Benches do not start in the same moment.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(benches);
}
Deno.exit(0);
