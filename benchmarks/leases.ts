/**
 * Scripts that race for overlapping sets of devices, and are killed, suspended and cut off at random:
 *
 *     deno run --allow-all --config=tests/deno.json benchmarks/leases.ts [seconds] [owners]
 *
 * @module
 */
import { leaseRace, RACE_TTL_SECONDS } from "../tests/support/lease_race.ts";

const [seconds = 60, owners = 2] = Deno.args.map(Number);
const { findings, disturbances } = await leaseRace(seconds, owners);
const count = [...Map.groupBy(disturbances, ({ how }) => how)].map(([how, { length }]) => `${length} ${how}`);
console.log(`${owners} owners for ${seconds} s; ${disturbances.length} disturbances: ${count.join(", ")}`);
const limitMs = (RACE_TTL_SECONDS + 1) * 1000;
let isGood = true;
for (const [id, { turns, safe, faults, unsafeMs }] of findings) {
  const longestMs = Math.max(0, ...unsafeMs);
  console.log(
    `${id}: ${turns} turns, ${safe} times safe, ${faults.length} faults; on for ${longestMs} ms at most behind ` +
      `${unsafeMs.length} disturbances (TTL + 1 s: ${limitMs} ms)`,
  );
  for (const fault of faults) console.log(`  ${fault}`);
  isGood &&= faults.length === 0 && longestMs <= limitMs;
}
Deno.exit(isGood ? 0 : 1);
