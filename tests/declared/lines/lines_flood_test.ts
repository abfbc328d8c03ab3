import { deepStrictEqual as equal } from "node:assert/strict";
import { LinesSession } from "../../../lib/declared/transports/lines/lines_session.ts";
import { transport } from "../../../lib/declared/transports/lines/mod.ts";
import { openLines } from "../../../lib/driver/mod.ts";
import { DuplexPeer } from "../../support/duplex.ts";

Deno.test("a flood of lines that are no values writes ten lines of log, and the values behind it come", async () => {
  const peer = new DuplexPeer();
  const lines = await openLines(peer.connect());
  const keys = transport.keys.parse({ pattern: "^v=(?<v>\\d+)$" });
  const session = new LinesSession({ lines, close: () => Promise.resolve(lines.close()) }, {
    peer: "meter",
    timeout: 5,
  }, keys);
  const values = [{ name: "v", type: "number" as const, address: transport.value.parse({ group: "v" }) }];
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (line) => warnings.push(line);
  using _console = { [Symbol.dispose]: () => console.warn = warn };
  const { signal } = new AbortController();
  const stream = session.subscribe(values, signal)[Symbol.asyncIterator]();
  const first = stream.next();
  peer.send(`${"nonsense\n".repeat(10_000)}v=1\nv=2\n`);
  equal([(await first).value, (await stream.next()).value], [{ v: { raw: "1" } }, { v: { raw: "2" } }]);
  equal(warnings, Array(10).fill('a line is not used: "nonsense" holds none of the values'));
  await stream.return(undefined);
  await session.close();
});
