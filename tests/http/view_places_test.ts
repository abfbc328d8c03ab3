import { deepStrictEqual as equal, throws } from "node:assert/strict";
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
