import { type Browser, chromium, type Page } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const path = [Deno.env.get("CHROMIUM") ?? [], PATHS].flat().find(isFile);
const missing = "there is no Chromium; install it (Debian: apt-get install chromium; others: chromium.org) as one of " +
  `${PATHS.join(", ")}, or name it in the environment variable CHROMIUM`;
// In CI a missing Chromium is a failure, not a reason to look away.
const skipped = path === undefined && Deno.env.get("CI") !== "true";
let isTold = false;

/** A browser of its own, headless, with nothing of an earlier one. */
export async function launchChromium(): Promise<Browser> {
  if (path === undefined) throw new Error(`Cannot start a browser: ${missing}`);
  return await chromium.launch({ executablePath: path, args: FLAGS });
}

/**
 * A test in a browser of its own, headless, with nothing of an earlier one. An error in the page's script fails it. Where
 * there is no Chromium it is skipped, and a line says how to get one.
 */
export function browserTest(name: string, run: (page: Page) => Promise<void>): void {
  if (skipped && !isTold) console.log(`Skipping the browser tests: ${missing}`);
  isTold = true;
  Deno.test({
    name,
    ignore: skipped,
    async fn() {
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        // What the page's own script throws comes first: it explains what the test then waited for in vain.
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

/** No page takes so long to come to it. */
const PATIENCE_MS = 20_000;

/**
 * Resolves when it is so in the page, which is asked with each frame. `page.waitForFunction` is not for pages whose policy
 * forbids `eval`, and does not wait for promises.
 */
export async function untilSo<Argument>(
  page: Page,
  isSo: (argument: Argument) => boolean | Promise<boolean>,
  argument: Argument,
): Promise<void> {
  const limit = performance.now() + PATIENCE_MS;
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
