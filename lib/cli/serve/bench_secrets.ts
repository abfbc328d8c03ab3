import type { Bench } from "../../bench/bench.ts";
import type { LabDaemon } from "../../daemon.ts";
import { SecretIndex } from "../../format/secret_index.ts";
import { secretsIn } from "../../format/secrets.ts";
import { paramsSchema } from "../../registry/plan.ts";

/** The secrets of a bench file. */
export function secretsOfFile({ devices, oidc, notify }: Bench): string[] {
  const found = devices.flatMap(({ params, secrets }) => secretsIn(params, secrets));
  const others = [oidc?.clientSecret, notify?.webhook?.secret];
  return [...found, ...others.filter((it) => it !== undefined)];
}

/** The secrets of the bench file and of all devices; indexed again when there are other devices or params. */
export function secretsOfDevices(daemon: LabDaemon, inFile: readonly string[]): () => SecretIndex {
  let indexed: unknown[] = [];
  let index = new SecretIndex(inFile);
  return () => {
    const plans = daemon.devices().map(({ plan }) => plan);
    if (plans.length === indexed.length && plans.every(({ params }, i) => params === indexed[i])) return index;
    indexed = plans.map(({ params }) => params);
    return index = new SecretIndex(inFile.concat(plans.flatMap((it) => secretsIn(it.params, paramsSchema(it)))));
  };
}
