/**
 * A program against the types that openapi-typescript makes of a live description: it compiles, and what its types promise
 * is what the daemon at the address in its argument does. "daq1" is a connected StreamingDAQ.
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.d.ts";

type Schemas = components["schemas"];

const client = createClient<paths>({ baseUrl: Deno.args[0] });

// Add a device: its params are those of its driver.
const added = await client.POST("/devices", {
  body: { device_id: "daq2", device_type: "StreamingDAQ", params: { high: 5 } },
});
ok(added.data);
const state: Schemas["DeviceState"] = added.data.state;
equal([added.response.status, state, added.data.params], [201, "disconnected", { high: 5 }]);

// What does not compile is refused, too.
const misspelt = await client.POST("/devices", {
  // @ts-expect-error It is called high.
  body: { device_id: "daq3", device_type: "StreamingDAQ", params: { hihg: 5 } },
});
equal(misspelt.response.status, 400);
// @ts-expect-error There is no such driver.
const unknown = await client.POST("/devices", { body: { device_id: "daq3", device_type: "Nix" } });
equal(unknown.error?.error.type, "DeviceTypeNotFound");

// Start it, and read it.
const path = { device_id: "daq2" };
ok((await client.POST("/devices/{device_id}/connect", { params: { path } })).data?.connected);
const started = await client.POST("/devices/{device_id}/stream/start", { params: { path }, body: { sample_rate: 50 } });
equal(started.data?.streaming, true);
const read = await client.GET("/devices/{device_id}", { params: { path } });
equal(read.data?.stream.readers, 0);

// Call a method of a device that was there when the types were made: its arguments have types.
const called = await client.POST("/devices/daq1/call", { body: { method: "set_high", kwargs: { volts: 2 } } });
equal(called.data, { result: null, success: true });
const byPosition = await client.POST("/devices/daq1/call", { body: { method: "set_high", args: [2] } });
equal(byPosition.data, { result: null, success: true });
// @ts-expect-error Volts are a number.
const text = await client.POST("/devices/daq1/call", { body: { method: "set_high", kwargs: { volts: "2" } } });
equal(text.response.status, 400);

// A property of it has the type that its driver declares.
const set = await client.PUT("/devices/daq1/properties/high", { body: { value: 3 } });
equal([set.data?.name, set.data?.value], ["high", 3]);
// @ts-expect-error It is a number.
const wrong = await client.PUT("/devices/daq1/properties/high", { body: { value: "3" } });
equal(wrong.response.status, 400);

// What is refused has an error of a type that is known.
const absent = { params: { path: { device_id: "absent" } } };
const call = await client.POST("/devices/{device_id}/call", { ...absent, body: { method: "set_high" } });
equal([call.error?.error.type, call.error?.error.origin], ["DeviceNotFound", "framework"]);
ok(call.error?.error.context.request_id);
const refused = await client.GET("/devices/{device_id}/error", absent);
const type:
  | "DeviceNotFound"
  | "NoError"
  | "Unauthorized"
  | "Forbidden"
  | "TooManyRequests"
  | "ForbiddenOrigin"
  | "InternalError"
  | undefined = refused.error?.error.type;
equal(type, "DeviceNotFound");
// @ts-expect-error This is not answered with that.
equal(refused.error?.error.type === "DeviceExists", false);

// Its own stream takes its driver's options, and sends its driver's samples.
const stream = await client.GET("/stream/devices/daq1", {
  params: { query: { sample_rate: 100, max_rate: 1000 } },
  parseAs: "stream",
});
equal((await firstSample(stream.data!)).device_id, "daq1");

async function firstSample(body: ReadableStream<Uint8Array>): Promise<Schemas["StreamingDAQ.device_data"]> {
  let seen = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    const data = /^event: device_data\ndata: (.*)\n\n/m.exec(seen)?.[1];
    if (!data) continue;
    const sample: Schemas["StreamingDAQ.device_data"] = JSON.parse(data);
    const payload: number | null = sample.payload;
    ok(payload! >= 0 && payload! <= 10);
    return sample;
  }
  throw new Error(`The stream ended without a sample: ${seen}`);
}
