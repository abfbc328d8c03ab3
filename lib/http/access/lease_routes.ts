import { type Context, Hono } from "hono";
import type { Access } from "../../access/access.ts";
import { timestamp } from "../../async/clock.ts";
import { safeAnswer } from "../../device/safe_outcome.ts";
import type { Leases } from "../../leases/leases.ts";
import {
  breakLeaseRequestSchema,
  DEFAULT_LEASE_SECONDS,
  leaseRequestSchema,
  type LeaseStatus,
  renewLeaseRequestSchema,
} from "../../wire/leases.ts";
import { onRightEnded, requireDevice, seesDevice } from "./enforce.ts";
import { leaseTokens } from "./leased.ts";
import type { Bodies } from "./token_routes.ts";

/** The time between two lines to the owner of a lease that is bound to its connection. */
const LINE_MS = 5_000;

/** `/leases`: the leases of devices, whose owners alone may command them. */
export function leaseRoutes(leases: Leases, bodies: Bodies): Hono {
  const app = new Hono();
  const idOf = (c: Context) => {
    const id = c.req.param("lease_id")!;
    c.set("leaseIds", [id]);
    return id;
  };

  app.get("/", (c) => {
    const { leases: all, queue } = leases.list();
    const isSeen = ({ devices }: Pick<LeaseStatus, "devices">) => devices.every((id) => seesDevice(c, id));
    return c.json({ leases: all.filter(isSeen), queue: queue.filter(isSeen) });
  });

  app.post("/", async (c) => {
    const { devices, ttl, purpose, wait } = await bodies.read(c, leaseRequestSchema);
    for (const id of devices) requireDevice(c, id);
    const order = {
      owner: c.get("principal")?.name ?? "unknown",
      purpose: purpose ?? "",
      devices: [...new Set(devices)],
      ttlMs: (ttl ?? DEFAULT_LEASE_SECONDS) * 1000,
    };
    const waitMs = (wait ?? 0) * 1000;
    const lease = await leases.acquire(order, waitMs, waitMs > 0 ? c.req.raw.signal : undefined);
    c.set("leaseIds", [lease.lease_id]);
    return c.json(lease, 201);
  });

  app.put("/:lease_id", async (c) => {
    const { ttl } = await bodies.read(c, renewLeaseRequestSchema);
    return c.json(leases.renew(idOf(c), leaseTokens(c), ttl === undefined || ttl === null ? undefined : ttl * 1000));
  });

  app.delete("/:lease_id", async (c) => {
    await leases.release(idOf(c), leaseTokens(c));
    return c.body(null, 204);
  });

  app.post("/:lease_id/break", async (c) => {
    const { reason } = await bodies.read(c, breakLeaseRequestSchema);
    const id = idOf(c);
    for (const device of leases.devicesOf(id)) requireDevice(c, device);
    const by = c.get("principal")?.name ?? "unknown";
    return c.json(safeAnswer(await leases.break(id, `${by} broke it: ${reason}`)));
  });

  app.get("/:lease_id/connection", (c) => {
    const end = leases.bind(idOf(c), leaseTokens(c));
    return c.body(bound(c, end, leases.closing), 200, {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store",
    });
  });

  return app;
}

/**
 * A body that has a comment now and then. It calls `end` when its reader is gone or has no right any more, and then
 * ends, too. It also ends when `closing` aborts.
 */
function bound(c: Context, end: () => void, closing: AbortSignal): ReadableStream<Uint8Array> {
  const line = new TextEncoder().encode(": the lease ends with this connection\n\n");
  let timer: ReturnType<typeof setInterval>;
  let stopWaiting = () => {};
  const stop = () => {
    clearInterval(timer);
    stopWaiting();
    closing.removeEventListener("abort", closed);
  };
  const gone = () => {
    stop();
    end();
  };
  let closed: () => void;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(line);
      closed = () => (stop(), controller.close());
      const over = () => (gone(), controller.close());
      closing.addEventListener("abort", closed);
      // A reader that takes nothing counts as gone.
      timer = setInterval(() => controller.desiredSize! > -10 ? controller.enqueue(line) : over(), LINE_MS);
      stopWaiting = onRightEnded(c, over);
    },
    cancel: gone,
  });
}

/** Records the ends of leases that no request has caused, while tokens are needed. Returns the function that ends that. */
export function recordLeaseEnds(leases: Leases, access: Access): () => void {
  return leases.listen(({ lease_id, owner }, how, reason) => {
    if (!access.audit || !access.isRequired || how === "released" || how === "broken") return;
    access.audit.append({
      ...{ at: timestamp(), who: owner, action: `lease ${how}`, path: `/leases/${lease_id}`, lease_id },
      ...{ input: { reason }, outcome: "done", request_id: lease_id },
    }).catch(() => {});
  });
}
