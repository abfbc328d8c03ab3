import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { MASK, SecretIndex } from "../../lib/format/secret_index.ts";

const without = (text: string, ...secrets: string[]) => new SecretIndex(secrets).removeFrom(text);

Deno.test("a secret is removed from a text and from JSON", () => {
  equal(
    without('login with a"bc failed, {"error":"a\\"bc"}', 'a"bc'),
    `login with ${MASK} failed, {"error":"${MASK}"}`,
  );
});

Deno.test("of secrets that begin alike, the longest is removed; of those that overlap, all", () => {
  equal(without("hunter22 hunter2", "hunter2", "hunter22", "hunter"), `${MASK} ${MASK}`);
  equal(without("-abcdefg-", "abcd", "cdefg"), `-${MASK}-`);
  equal(without("-abcdefgh-", "abcd", "efgh"), `-${MASK}${MASK}-`);
});

Deno.test("texts of three characters are no secrets, and a text without any is unchanged", () => {
  equal([without("abc", "abc"), without("nothing"), without("", "hunter2")], ["abc", "nothing", ""]);
});

Deno.test("sixty thousand secrets are removed from a line, also the last", () => {
  const index = new SecretIndex(Array.from({ length: 60_000 }, (_, i) => `secret${i}`));
  equal(index.removeFrom("with secret59999, secret7 and secret"), `with ${MASK}, ${MASK} and secret`);
});

Deno.test("no secret is left in any text, and nothing else is removed", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", '"'), maxLength: 30 });
  fc.assert(fc.property(fc.array(letters, { maxLength: 12 }), letters, (secrets, text) => {
    const forms = secrets.filter(({ length }) => length >= 4).flatMap((it) => [it, JSON.stringify(it).slice(1, -1)]);
    const secret = new Set<number>();
    for (const form of forms) {
      for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
        for (let i = 0; i < form.length; i++) secret.add(at + i);
      }
    }
    const left = [...text].filter((_, i) => !secret.has(i)).join("");
    equal(without(text, ...secrets).replaceAll(MASK, ""), left);
  }));
});
