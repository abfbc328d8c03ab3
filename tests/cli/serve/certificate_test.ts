/** A certificate on a share that hangs: its files answer when the test says so. */
import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import {
  type CertificateFiles,
  firstCertificate,
  watchCertificate,
} from "../../../lib/cli/serve/listening/certificate.ts";
import { collectLog } from "../../support/log.ts";
import { fakeTime } from "../../support/time.ts";

const PATHS = { cert: "/share/cert.pem", key: "/share/key.pem" };

const EMPTY: readonly string[] = [];

/** Files of one version. Those functions that hang answer when they no longer do. */
function shareOf(version: string) {
  let hanging = EMPTY;
  let back = Promise.withResolvers<void>();
  const it = {
    version,
    /** What waits for an answer. */
    waiting: [] as string[],
    hang(...functions: (keyof CertificateFiles)[]) {
      hanging = functions;
    },
    goOn() {
      hanging = EMPTY;
      back.resolve();
      back = Promise.withResolvers();
    },
  };
  const answer = async (name: string, path: string) => {
    if (!hanging.includes(name)) return;
    it.waiting.push(`${name} ${path}`);
    await back.promise;
    it.waiting.splice(it.waiting.indexOf(`${name} ${path}`), 1);
  };
  const files: CertificateFiles = {
    mark: async (path) => {
      await answer("mark", path);
      return it.version;
    },
    read: async (path) => {
      await answer("read", path);
      return `${path} ${it.version}`;
    },
    check: () => {},
  };
  return { share: it, files };
}

/** A daemon that watches them. */
function watched(files: CertificateFiles) {
  const stop = new AbortController();
  const used: string[] = [];
  const changed = ({ cert, key }: { cert: string; key: string }) => Promise.resolve(void used.push(cert, key));
  return { used, stop, ended: watchCertificate(PATHS, changed, stop.signal, files) };
}

for (const name of ["mark", "read"] as const) {
  Deno.test(`while the share of a certificate hangs in ${name}(), one look waits; its new version is used when it is back`, async () => {
    using time = fakeTime();
    using log = collectLog();
    const { share, files } = shareOf("1");
    const { used, stop, ended } = watched(files);
    await time.tick(5_000);
    share.version = "2";
    share.hang(name);
    await time.tick(600_000);
    equal([share.waiting, used], [[`${name} ${PATHS.cert}`, `${name} ${PATHS.key}`], []]);
    equal(log.messages.length, 1);
    match(log.messages[0], /\/share\/cert\.pem .* no answer within 5 s; are they on a share that hangs\?/);
    share.goOn();
    await time.tick(0);
    equal([share.waiting, used], [[], [`${PATHS.cert} 2`, `${PATHS.key} 2`]]);
    stop.abort();
    await ended;
    equal(time.timers, 0);
  });
}

Deno.test("the end of a daemon does not wait for a certificate whose share hangs", async () => {
  using time = fakeTime();
  using log = collectLog();
  const { share, files } = shareOf("1");
  const { used, stop, ended } = watched(files);
  share.hang("mark");
  await time.tick(20_000);
  stop.abort();
  await ended;
  share.goOn();
  await time.tick(0);
  equal([used, time.timers, log.messages.length], [[], 0, 1]);
});

Deno.test("a daemon whose certificate is on a share that hangs does not start, and says so after 5 s", async () => {
  using time = fakeTime();
  const { share, files } = shareOf("1");
  share.hang("read");
  const started = rejects(firstCertificate(PATHS, files), {
    code: "InvalidRequest",
    message: "Cannot read tls.cert /share/cert.pem and tls.key /share/key.pem: no answer within 5 s; " +
      "are they on a share that hangs?",
  });
  await time.tick(5_000);
  await started;
  share.goOn();
  equal(await firstCertificate(PATHS, files), { cert: `${PATHS.cert} 1`, key: `${PATHS.key} 1` });
});
