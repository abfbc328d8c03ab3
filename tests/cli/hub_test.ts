import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { newHub } from "../../lib/cli/hub/new_hub.ts";

Deno.test("a new hub has a key for each bench, which only its seed has, and its rights under its name", async () => {
  const folder = await Deno.makeTempDir();
  const { files, reader } = await newHub(`${folder}/hub`, ["lab1", "lab-2"]);
  equal(files.map((file) => file.slice(file.lastIndexOf("/") + 1)), [
    ...["nats.conf", "lab1.seed", "lab-2.seed", "reader.seed", "keeper.seed"],
  ]);
  const config = await Deno.readTextFile(files[0]);
  const keys = config.match(/U[A-Z2-7]{55}/g)!;
  ok(keys.includes(reader));
  equal([keys.length, new Set(keys).size], [4, 4]);
  ok(!/lab3|OFYOUROWN/.test(config), config);
  ok(config.includes(`store_dir: "${folder}/hub/store"`), config);
  // The names that `ctl tls self-signed --out` gives to them.
  ok(config.includes(`# tls { cert_file: "${folder}/hub/cert.pem", key_file: "${folder}/hub/key.pem" }`), config);
  for (const name of ["lab1", "lab-2"]) {
    ok(
      config.includes(`  BENCH_${name} {`) && config.includes(`account: BENCH_${name}, subject: "lab.${name}.request"`),
      config,
    );
  }
  for (const file of files.slice(1)) {
    ok(/^SU[A-Z2-7]{56}\n$/.test(await Deno.readTextFile(file)));
    equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  }
  await rejects(newHub(`${folder}/hub`, ["lab1"]), /it has a nats.conf or seeds already/);
  await Deno.remove(folder, { recursive: true });
});
