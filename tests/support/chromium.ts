import { type Browser, chromium, type Page } from "playwright-core";

/**
 * In order of preference: the one that has no windows takes half the time. Debian's script of that name in /usr/bin would
 * stay between it and a signal.
 */
const PATHS = [
  "/usr/lib/chromium/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const path = [Deno.env.get("CHROMIUM") ?? [], PATHS].flat().find(isFile);
const missing =
  "there is no Chromium; install it (Debian: apt-get install chromium-headless-shell; others: chromium.org) as one of " +
  `${PATHS.join(", ")}, or name it in the environment variable CHROMIUM`;
/** The limit of each wait: long enough for a busy machine. */
const TIMEOUT_MS = 60_000;

// In CI a missing Chromium is a failure.
const skipped = path === undefined && Deno.env.get("CI") !== "true";
let isReported = false;

/** A new Chromium, headless. Its caller closes it. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: executable(), args: FLAGS });
}

/**
 * A test with a page in a new, empty browser context. An error in the page's script fails the test. Without Chromium the
 * test is skipped, and a line says how to install it.
 */
export function browserTest(name: string, run: (page: Page) => Promise<void>): void {
  if (skipped && !isReported) console.log(`Skipping the browser tests: ${missing}`);
  isReported = true;
  Deno.test({
    name,
    ignore: skipped,
    async fn() {
      const browser = await connectChromium();
      try {
        await using context = await browser.newContext();
        // The tour of the first visit stands before no test but its own. A page without an origin keeps nothing.
        await context.addInitScript(`try { localStorage["labdaemon-tour"] ??= "seen" } catch {}`);
        const page = await context.newPage();
        context.setDefaultTimeout(TIMEOUT_MS);
        // The page's own errors come first: they explain a wait that timed out.
        const errors: unknown[] = [];
        page.on("pageerror", (error) => errors.push(error));
        await run(page).catch((error) => errors.push(error));
        if (errors.length) throw errors[0];
      } finally {
        await browser.close();
      }
    },
  });
}

/** A connection to the Chromium that the tests of this isolate share. */
async function connectChromium(): Promise<Browser> {
  const { endpoint, profile } = await (shared ??= startShared());
  const browser = await chromium.connectOverCDP(endpoint, { isLocal: true, artifactsDir: `${profile}/artifacts` });
  // With a known profile, Playwright does not remove a registration file, unawaited, behind the end of the test.
  const { _connection } = browser as unknown as { _connection: { toImpl(it: unknown): ServerBrowser } };
  _connection.toImpl(browser).options.userDataDir = profile;
  return browser;
}

/** Playwright's own object behind a browser. */
interface ServerBrowser {
  options: { userDataDir?: string };
}

/**
 * Runs Chromium ($3) with the profile $1 until the test process ($2) ends, by Ctrl-C too; then removes the profile. Returns
 * when Chromium listens. A child process of a test may not outlive it.
 */
const START = `
profile=$1 tests=$2; shift 2
mkdir "$profile/artifacts"
(
  "$@" >"$profile/log" 2>&1 & chromium=$!
  trap : INT TERM
  while kill -0 "$tests" && kill -0 "$chromium"; do sleep 0.5; done
  kill "$chromium"; wait "$chromium"
  rm -rf "$profile" || { sleep 1; rm -rf "$profile"; }
) >/dev/null 2>&1 &
while [ -d "$profile" ] && [ ! -s "$profile/DevToolsActivePort" ]; do sleep 0.05; done`;

/**
 * The Chromium of this isolate. Isolates do not share one: each new connection attaches to the pages of all others, and
 * Chromium then takes back what they emulate, such as dark colours.
 */
let shared: Promise<{ endpoint: string; profile: string }> | undefined;

async function startShared(): Promise<{ endpoint: string; profile: string }> {
  const profile = await Deno.makeTempDir({ prefix: "labdaemon-chromium-" });
  const program = [executable(), ...FLAGS, `--user-data-dir=${profile}`, "--remote-debugging-port=0"];
  const args = ["-c", START, "sh", profile, `${Deno.pid}`, ...program, "--no-startup-window"];
  await new Deno.Command("sh", { args, stdin: "null" }).output();
  const [port, endpoint] = (await Deno.readTextFile(`${profile}/DevToolsActivePort`)).trim().split("\n");
  return { endpoint: `ws://127.0.0.1:${port}${endpoint}`, profile };
}

function executable(): string {
  if (path === undefined) throw new Error(`Cannot start a browser: ${missing}`);
  return path;
}

/**
 * Resolves when a predicate holds in the page; it is evaluated with each frame. `page.waitForFunction` is
 * not for pages whose policy forbids `eval`, and does not wait for promises.
 */
export async function untilSo<Argument>(
  page: Page,
  isSo: (argument: Argument) => boolean | Promise<boolean>,
  argument: Argument,
): Promise<void> {
  const limit = performance.now() + TIMEOUT_MS;
  const look = async () => {
    const found = await page.evaluate(isSo as (argument: unknown) => boolean | Promise<boolean>, argument);
    if (!found) await page.evaluate("new Promise(requestAnimationFrame)");
    return found;
  };
  // A page that is left while it is asked does not answer; the next one will.
  const left = (error: Error) => {
    if (!/context was destroyed|navigation/i.test(error.message)) throw error;
    return page.waitForLoadState().then(() => false);
  };
  while (!await look().catch(left)) {
    if (performance.now() > limit) throw new Error(`In the page it has not become so: ${isSo}`);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
