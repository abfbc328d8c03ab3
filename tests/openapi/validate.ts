/** Ends with an error that says what is wrong with the OpenAPI document in a file, if anything is. */
import SwaggerParser from "@apidevtools/swagger-parser";

await SwaggerParser.validate(Deno.args[0]);
