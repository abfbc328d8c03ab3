import { deepStrictEqual as equal } from "node:assert/strict";
import { z } from "zod";
import { isSecretName, maskSecrets, secretsIn } from "../../lib/format/secrets.ts";

Deno.test("isSecretName() knows the names of passwords, tokens and keys, and no other", () => {
  for (
    const name of ["password", "wifi_passwd", "secret", "clientSecret", "access_token", "api_key", "apiKey", "API-KEY"]
  ) {
    equal([name, isSecretName(name)], [name, true]);
  }
  for (const name of ["user", "key", "tokens", "secretary", "password_length", "api"]) {
    equal([name, isSecretName(name)], [name, false]);
  }
});

const schema = z.toJSONSchema(z.object({
  host: z.string(),
  pin: z.string().meta({ secret: true }).optional(),
  account: z.object({ code: z.union([z.string(), z.number()]).meta({ secret: true }) }).optional(),
  links: z.array(z.object({ key: z.string().meta({ secret: true }) })).optional(),
}));

Deno.test("maskSecrets() masks by the name, and by the schema's secret", () => {
  const params = {
    host: "h",
    pin: "0000",
    account: { code: 12345, token: null },
    links: [{ key: "k1", password: "p" }],
  };
  equal(maskSecrets(params, schema), {
    host: "h",
    pin: "********",
    account: { code: "********", token: null },
    links: [{ key: "********", password: "********" }],
  });
  equal(params.pin, "0000");
});

Deno.test("secretsIn() returns the secrets as texts, those that are long enough to be recognized", () => {
  const params = { host: "h", pin: "0000", account: { code: 12345 }, password: ["hunter2", "abc", true] };
  equal(secretsIn(params, schema).toSorted(), ["0000", "12345", "hunter2"]);
});

Deno.test("a value whose schema has thousands of alternatives is masked as a whole", () => {
  const anyOf = Array.from({ length: 5_000 }, () => ({ anyOf: [{}, {}, {}] }));
  const schema = { properties: { list: { items: { anyOf } }, host: {} } };
  const { list, host } = maskSecrets(
    { list: Array.from({ length: 2_000 }, (_, b) => ({ a: { b } })), host: "h" },
    schema,
  );
  equal([new Set(list as unknown[]), host], [new Set(["********"]), "h"]);
});
