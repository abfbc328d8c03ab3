import { type AlarmRule, DEFAULT_CLEARS_AFTER_MS } from "../../lib/alarms/rule.ts";

/** A rule of the samples themselves, without a limit and without an alarm of silence. */
export const ALARM_RULE: AlarmRule = {
  name: "value",
  channel: "value",
  forMs: 0,
  hysteresis: 0,
  clearsAfterMs: DEFAULT_CLEARS_AFTER_MS,
  silentMs: null,
  actions: [],
};
