import { deepStrictEqual as equal } from "node:assert/strict";
import { type ClientConnection, Connections, limitsFor } from "../../../lib/cli/serve/listening/connections.ts";
import { addressList, clientOf } from "../../../lib/access/client_address.ts";
import { fakeTime } from "../../support/time.ts";

/** Connections by their names, and the names of those that were closed. */
function opened(all: number, ofClient: number, isProxy?: (address: string) => boolean) {
  const connections = new Connections({ all, ofClient }, isProxy);
  const closed: string[] = [];
  const open = (name: string, address = "10.0.0.1") => connections.open(address, () => closed.push(name));
  return { connections, closed, open, [Symbol.dispose]: () => connections.stop() };
}

Deno.test("the connection that has been idle longest makes room, those without any request first, and none with one does", () => {
  using it = opened(3, 3);
  const busy = it.open("busy") as ClientConnection;
  busy.begin();
  const second = it.open("second") as ClientConnection;
  it.open("third");
  // It has answered: now it is the one that became idle last.
  second.begin();
  second.end();
  it.open("fourth");
  equal([it.closed, it.connections.count], [["third"], 3]);
  it.open("fifth");
  // It has sent no request so far.
  equal(it.closed, ["third", "fourth"]);
  (it.open("sixth") as ClientConnection).begin();
  it.open("seventh");
  equal(it.closed, ["third", "fourth", "fifth", "second"]);
});

Deno.test("a client whose connections all have a request gets no other one, and other clients do", () => {
  using it = opened(4, 2);
  const mine = [it.open("a"), it.open("b")] as ClientConnection[];
  for (const connection of mine) connection.begin();
  equal(it.open("c"), "client");
  const others = [it.open("d", "10.0.0.2"), it.open("e", "10.0.0.2")] as ClientConnection[];
  for (const connection of others) connection.begin();
  equal(it.open("f", "10.0.0.3"), "daemon");
  equal([it.closed, it.connections.countOfClient], [[], 2]);
  it.connections.closed(mine[0]);
  // The end of one that is closed is no second end.
  it.connections.closed(mine[0]);
  equal([typeof it.open("g"), it.connections.count], ["object", 4]);
});

Deno.test("a client's own idle connections make room for it, not those of others", () => {
  using it = opened(10, 2);
  it.open("other", "10.0.0.2");
  for (const name of ["a", "b", "c"]) it.open(name);
  equal(it.closed, ["a"]);
});

Deno.test("a trusted proxy has the connections of many clients", () => {
  using it = opened(3, 1, addressList(["10.0.0.0/8"]));
  for (const name of ["a", "b", "c", "d"]) it.open(name);
  equal([it.closed, it.connections.count], [["a"], 3]);
  // They are of no one client.
  equal(it.connections.countOfClient, 0);
});

Deno.test("a connection has 30 s for the head of its first request, and 3 min between two", async () => {
  using time = fakeTime();
  using it = opened(10, 10);
  it.open("silent");
  const served = it.open("served") as ClientConnection;
  const streaming = it.open("streaming") as ClientConnection;
  streaming.begin();
  served.begin();
  await time.tick(1_000);
  served.end();
  await time.tick(28_000);
  equal(it.closed, []);
  await time.tick(3_000);
  equal(it.closed, ["silent"]);
  await time.tick(148_000);
  equal(it.closed, ["silent"]);
  await time.tick(3_000);
  equal([it.closed, it.connections.count], [["silent", "served"], 1]);
  await time.tick(3_600_000);
  equal(it.connections.count, 1);
});

Deno.test("connections take half of the descriptors, and a client half of those", () => {
  equal(limitsFor(1_024), { all: 512, ofClient: 256 });
  equal(limitsFor(1_048_576), { all: 10_000, ofClient: 5_000 });
  equal(limitsFor(undefined), { all: 10_000, ofClient: 5_000 });
});

Deno.test("a client is an address of IPv4, or a network of 64 bits of IPv6", () => {
  equal(
    ["10.0.0.1", "::ffff:10.0.0.1", "::1", "2001:db8:0:7:a:b:c:d", "2001:db8:0:7::1", "fe80::1%eth0"].map(clientOf),
    [
      "10.0.0.1",
      "10.0.0.1",
      "0:0:0:0",
      "2001:db8:0:7",
      "2001:db8:0:7",
      "fe80:0:0:0",
    ],
  );
});
