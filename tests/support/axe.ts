import axe from "axe-core" with { type: "text" };
import type { Page } from "playwright-core";

/** The ids of the accessibility rules that the page violates. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe.run()
  );
  return violations.map(({ id }) => id);
}
