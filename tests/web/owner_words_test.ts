import { equal, match } from "node:assert/strict";
import { ownerWords } from "../../web/leases/owner_words.ts";

const LEASE = {
  ...{
    lease_id: "l7",
    owner: "alice",
    since: "2026-11-26T08:00:00.000000Z",
    expires_at: "2026-11-26T08:00:30.000000Z",
  },
  ...{ purpose: "IV curve", state: "active" as const },
};

Deno.test("ownerWords() says who has leased a device, what for, and until when", () => {
  match(ownerWords(LEASE), /^alice, for IV curve, until .*:\d\d:30 unless it is renewed$/);
  match(ownerWords({ ...LEASE, purpose: "" }), /^alice, until /);
  equal(ownerWords({ ...LEASE, state: "ending" }), "none: the lease of alice has ended, and it is being made safe");
});
