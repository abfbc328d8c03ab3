/** The alarms of the bench, polled while the page is visible. */
import { computed, signal } from "@preact/signals";
import type { AlarmStatus } from "../../lib/client/mod.ts";

/** All alarms; `undefined` until the daemon has answered once. */
export const alarms = signal<readonly AlarmStatus[] | undefined>(undefined);

/** The firing alarms that no person has acknowledged. */
export const firing = computed(() => alarms.value?.filter(({ state }) => state === "firing") ?? []);
