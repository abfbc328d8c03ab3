import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { catchUncaught } from "../../lib/cli/uncaught.ts";
import { connectHub, openConnection } from "../../lib/hub/hub_connection.ts";
import type { HubOptions } from "../../lib/hub/hub_options.ts";
import { keepStreams } from "../../lib/hub/keep_streams.ts";
import { notReached } from "../../lib/hub/not_reached.ts";
import { newKey } from "../../lib/hub/signed/new_key.ts";
import { makeCertificates } from "../support/certificates.ts";
import { natsServer } from "../support/nats_server.ts";
import { run } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";

const TLS = 'tls { cert_file: "$folder/cert.pem", key_file: "$folder/key.pem" }';

/** The words of the log for a bench that does not reach its hub. */
async function wordsOf(options: Partial<HubOptions> & Pick<HubOptions, "servers">): Promise<string> {
  try {
    await (await connectHub({ bench: "lab1", ...options })).nats.close();
  } catch (error) {
    return notReached(error, options);
  }
  throw new Error("it was reached");
}

Deno.test("the log of a bench that does not reach its hub has the address, what was found there, and how to go on", async () => {
  const uncaught: unknown[] = [];
  using _ = catchUncaught((error) => uncaught.push(error));
  const [known, unknown] = [await newKey(), await newKey()];
  const identity = ({ seed }: { seed: string }) => ({
    kind: "nkey" as const,
    read: () => Promise.resolve(new TextEncoder().encode(seed)),
  });
  const allow = 'allow: ["lab.lab1.>", "_INBOX_lab1.>"]';
  await using server = await natsServer(`authorization { users = [
    { nkey: ${known.publicKey}, permissions: { publish: { ${allow} }, subscribe: { ${allow} } } }
  ] }`);
  const servers = [server.url];
  const unused = `nats://127.0.0.1:${freePort()}`;
  match(await wordsOf({ servers: [unused] }), /^nats:\/\/127\.0\.0\.1:\d+: connection refused \(.*start nats-server/);
  match(
    await wordsOf({ servers: ["nats://hub.invalid:4222"] }),
    /^nats:\/\/hub\.invalid:4222: .*no machine has this name/,
  );
  match(
    await wordsOf({ servers, identity: identity(unknown) }),
    /^nats:.*Authorization Violation \(the server does not know/,
  );
  // After one in five, an error of the closed socket was left to no one: it ended hub keep, and was a defect in the log.
  for (let attempt = 0; attempt < 30; attempt++) await wordsOf({ servers, identity: identity(unknown) });
  equal(uncaught, []);
  const other = { servers, bench: "lab7", identity: identity(known) };
  const words = await wordsOf(other);
  match(words, /"_INBOX_lab7\.…" \(the key is that of another user: hub\.bench/);
  // The log says it once: the words of the next attempt are the same.
  match(await wordsOf(other), new RegExp(`^${words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`));
});

Deno.test("a bench without the authority of its hub's certificate has a log that says to name it as ca", async () => {
  await using server = await natsServer();
  await makeCertificates(server.folder);
  await using encrypted = await natsServer(TLS.replaceAll("$folder", server.folder));
  const servers = [encrypted.url.replace("nats:", "tls:")];
  match(await wordsOf({ servers }), /^tls:\/\/127\.0\.0\.1:\d+: .*certificate.* name its file as ca \(hub\.tls\.ca/);
});

Deno.test("the certificate of a hub at tls://127.0.0.1 has to be for that number: one for localhost is refused", async () => {
  await using files = await natsServer();
  const { folder } = files;
  await makeCertificates(folder);
  const tls = { ca: `${folder}/ca.pem` };
  const serve = () => natsServer(TLS.replaceAll("$folder", folder));
  const sign = async (names: string) => {
    await Deno.writeTextFile(`${folder}/names`, `subjectAltName=${names}`);
    const by = ["-CA", `${folder}/ca.pem`, "-CAkey", `${folder}/ca.key`, "-CAcreateserial"];
    const written = ["-extfile", `${folder}/names`, "-out", `${folder}/cert.pem`, "-days", "2"];
    await run("openssl", "x509", "-req", "-in", `${folder}/request.pem`, ...by, ...written);
  };
  await sign("IP:127.0.0.1");
  {
    await using server = await serve();
    const hub = await openConnection({ servers: [server.url.replace("nats:", "tls:")], tls }, "a bench");
    await hub.nats.close();
  }
  await sign("DNS:localhost");
  await using server = await serve();
  const { port } = new URL(server.url);
  const hub = await openConnection({ servers: [`tls://localhost:${port}`], tls }, "a bench");
  await hub.nats.close();
  await rejects(openConnection({ servers: [`tls://127.0.0.1:${port}`], tls }, "a bench"), /does not match/);
  for (const other of ["127.0.0.2", "localhost"]) {
    const servers = [`tls://${other}:${port}`, `tls://127.0.0.1:${port}`];
    await rejects(openConnection({ servers, tls }, "a bench"), /several servers need names in place of numbers/);
  }
});

Deno.test("streams of more bytes than the server may store: the keeper says which two limits to change", async () => {
  await using server = await natsServer();
  const options = {
    servers: [server.url],
    benches: ["lab3"],
    limits: { maxBytes: 1e15 },
    once: true,
    report: () => {},
  };
  await rejects(keepStreams(options, new AbortController().signal), /insufficient storage.* less than max_file_store/);
});
