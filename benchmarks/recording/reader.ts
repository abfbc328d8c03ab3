/**
 * Reads streams over HTTP until they end: `deno run --allow-net benchmarks/recording/reader.ts url…`.
 *
 * @module
 */
await Promise.all(Deno.args.map(async (url) => {
  const response = await fetch(url, { headers: { Accept: "text/event-stream" } });
  if (!response.ok) throw new Error(await response.text());
  for await (const _ of response.body!);
}));
