/**
 * Says for each value on stdin, `[component, value][]`, whether it fits the component of the OpenAPI document in a file.
 * A validator that is not ours judges: Ajv.
 */
import { Ajv2020 } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(JSON.parse(await Deno.readTextFile(Deno.args[0])), "document");
const values: [component: string, value: unknown][] = await new Response(Deno.stdin.readable).json();
console.log(JSON.stringify(values.map(([component, value]) => {
  return ajv.validate({ $ref: `document#/components/schemas/${component}` }, value);
})));
