import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { KeptPlaces } from "../../lib/http/view/kept_places.ts";
import { ViewFrames } from "../../lib/http/view/view_frames.ts";
import { parseViewPlaces, ViewPlaces } from "../../lib/http/view/view_places.ts";
import { withFullIds } from "../../lib/http/view/view_ids.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

Deno.test("the id of an event has the places of all benches, and begins with the epoch of its own", () => {
  const places = new ViewPlaces();
  places.idOf("lab3", "k3f9;daq1:42");
  const id = places.idOf("lab4", "x8k2;~0.17.1;host1:7");
  equal(id, "x8k2;@lab3@k3f9;daq1:42@lab4@x8k2;~0.17.1;host1:7");
  equal(Object.fromEntries(parseViewPlaces(id)), { lab3: "k3f9;daq1:42", lab4: "x8k2;~0.17.1;host1:7" });
});

Deno.test("a list of places has an epoch before those that it holds for", () => {
  const list = "k3f9;lab3/daq1:42;lab3/psu.1:-1;x8k2;lab4/host1:7";
  equal(Object.fromEntries(parseViewPlaces(list)), { lab3: "k3f9;daq1:42;psu.1:-1", lab4: "x8k2;host1:7" });
  for (const id of ["", "k3f9", "k3f9;daq1:42", "lab3/daq1:42", "k3f9;@lab3", "k3f9;lab3/daq1:x"]) {
    throws(() => parseViewPlaces(id), /Cannot resume behind/);
  }
});

Deno.test("frames get the ids of the view, cut wherever they are, and payloads stay as they are", () => {
  const sample = 'id: e-5\nevent: device_data\ndata: {"event":"device_data","device_id":"daq1","sequence":5,' +
    '"payload":{"device_id":"daq1","n":12345678901234567890}}\n\n';
  const lease = 'event: lease\ndata: {"event":"lease","device_id":"daq1","lease_id":"l7"}\n\n';
  const bytes = encoder.encode(`retry: 2000\n\n${sample}: keep-alive\n\n${lease}`);
  for (let cut = 0; cut < bytes.length; cut++) {
    const frames = new ViewFrames("lab3", (id) => `v;${id}`);
    const parts = [frames.take(bytes.subarray(0, cut)), frames.take(bytes.subarray(cut))];
    equal(
      parts.map((part) => decoder.decode(part)).join(""),
      sample.replace("id: e-5", "id: v;e-5").replace('"device_id":"daq1"', '"device_id":"lab3/daq1"') +
        lease.replace("daq1", "lab3/daq1").replace("l7", "lab3/l7"),
    );
    equal(frames.lastId, "e-5");
  }
});

Deno.test("answers get the ids of the view, but for what belongs to drivers", () => {
  equal(withFullIds({ device_id: "daq1", params: { device_id: "x" }, lease: { lease_id: "l7" } }, "lab3"), {
    ...{ device_id: "lab3/daq1", params: { device_id: "x" } },
    lease: { lease_id: "lab3/l7" },
  });
  equal(withFullIds({ leases: [{ lease_id: "l7", devices: ["daq1"] }] }, "lab3"), {
    leases: [{ lease_id: "lab3/l7", devices: ["lab3/daq1"] }],
  });
});

Deno.test("a bench cannot move the place of another one by the ids of its events", () => {
  const places = new ViewPlaces();
  places.idOf("lab3", "k3f9;daq1:42");
  const id = places.idOf("lab4", "x8k2;@lab3@k3f9;daq1:999999");
  equal(parseViewPlaces(id).get("lab3"), "k3f9;daq1:42");
});

/** The id that a bench of ten devices gives. */
const idOf = (sequence: number) => `k3f9;${Array.from({ length: 10 }, (_, i) => `daq${i}:${sequence}`).join(";")}`;

Deno.test("ids of 400 benches fit a header, and each of them leads back to the places behind its event", () => {
  using kept = new KeptPlaces();
  const places = new ViewPlaces(kept);
  const expected = new Map<string, string>();
  const ids: [id: string, places: Record<string, string>][] = [];
  for (let i = 0; i < 1_000; i++) {
    const [bench, id] = [`lab${i * 7 % 400}`, idOf(i)];
    const full = places.idOf(bench, id);
    expected.set(bench, id);
    ok(full.length < 2_200 && full.startsWith("k3f9;"), full);
    if (i % 50 === 49) ids.push([full, Object.fromEntries(expected)]);
  }
  for (const [id, behind] of ids) equal(Object.fromEntries(parseViewPlaces(id, kept)), behind);
  // The reader comes back when its stream has ended.
  places.close();
  for (const [id, behind] of ids) equal(Object.fromEntries(parseViewPlaces(id, kept)), behind);
});

Deno.test("places that a view does not keep, or no longer, are said to be unknown: they are not taken for others", () => {
  using kept = new KeptPlaces();
  const places = new ViewPlaces(kept);
  const ids = Array.from({ length: 40_000 }, (_, i) => places.idOf(`lab${i % 100}`, idOf(i)));
  const unknown = /the view no longer knows its places/;
  const first = ids.find((id) => id.includes("~"))!;
  const last = ids.at(-1)!;
  throws(() => parseViewPlaces(first, kept), unknown);
  equal(parseViewPlaces(last, kept).get("lab99"), idOf(39_999));
  throws(() => parseViewPlaces(last.replace(/\d+$/, "99999"), kept), unknown);
  throws(() => parseViewPlaces("k3f9;@~0123456789ab.5", kept), unknown);
  throws(() => parseViewPlaces(last), unknown);
  // Of streams that have ended, the newest are kept.
  places.close();
  for (let i = 0; i < 64; i++) {
    const other = new ViewPlaces(kept);
    for (let k = 0; k < 30; k++) other.idOf(`lab${k}`, idOf(k));
    other.close();
  }
  throws(() => parseViewPlaces(last, kept), unknown);
});
