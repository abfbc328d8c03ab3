import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Page } from "playwright-core";

/** The global that axe puts on the page. */
interface Axe {
  axe?: {
    run(what: object): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>;
  };
}

/**
 * The accessibility rules that the page violates, each with its elements. What passes stays in the page: to describe and
 * carry it costs more than to check.
 *
 * @param rules The ids of the rules to check; without them, all.
 */
export async function violationsOf(page: Page, rules?: string[]): Promise<string[]> {
  // Another fragment of the same page keeps axe.
  if (!await page.evaluate(() => (globalThis as Axe).axe !== undefined)) await page.evaluate(axe);
  return await page.evaluate(async (what) => {
    const { violations } = await (globalThis as Axe).axe!.run(what);
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html)}`);
  }, { resultTypes: ["violations"], ...rules && { runOnly: rules } });
}
