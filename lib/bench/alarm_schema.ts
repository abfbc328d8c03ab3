/**
 * The parts of a bench file about alarms: the rules of a device, and where their notices go.
 *
 * @module
 */
import { z } from "zod";
import { type AlarmRule, DEFAULT_CLEARS_AFTER_MS } from "../alarms/rule.ts";
import { UNNAMED } from "../format/channels.ts";
import { ALARM_ACTIONS } from "../wire/alarms.ts";
import { section } from "../yaml/section.ts";
import * as values from "./values.ts";

const finite = z.number({ error: "a number" });

const channel = z.custom<string>(
  (value) => typeof value === "string" && value !== "" && value.length <= 200,
  'the name of a channel, such as "voltage" or "cpu.total"',
);

const ACTIONS_FORM = "a list of notify, safe";

/** The keys of one alarm. */
export const alarmSection = section({
  name: values.name.optional(),
  channel: channel.optional(),
  above: finite.optional(),
  below: finite.optional(),
  for: values.duration.optional(),
  hysteresis: z.number({ error: "a number, 0 or more" }).min(0, "a number, 0 or more").nullish().transform((it) =>
    it ?? 0
  ),
  clears_after: values.duration.nullish().transform((it) => it ?? DEFAULT_CLEARS_AFTER_MS),
  silent: z.union([z.literal("off").transform(() => null), values.duration], {
    error: 'a duration with its unit, such as "10s", or "off"',
  }).optional(),
  then: z.array(z.enum(ALARM_ACTIONS, { error: ACTIONS_FORM }), { error: ACTIONS_FORM }).optional(),
});

const alarm = alarmSection.superRefine(({ above, below, hysteresis, silent }, context) => {
  const issue = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
  if (above === undefined && below === undefined && (silent === undefined || silent === null)) {
    context.addIssue({ code: "custom", message: "a mapping with above, below or silent" });
  }
  if (above === undefined || below === undefined) return;
  if (below > above) issue("below", `at most above, which is ${above}: a value between them is in order`);
  else if (2 * hysteresis > above - below) issue("hysteresis", "at most half of the distance from below to above");
}).transform((found): AlarmRule => {
  const channel = found.channel ?? UNNAMED;
  return {
    name: found.name ?? (channel.replace(/[^\w-]/g, "_").slice(0, 64)),
    channel,
    above: found.above,
    below: found.below,
    forMs: found.for ?? 0,
    hysteresis: found.hysteresis,
    clearsAfterMs: found.clears_after,
    silentMs: found.silent,
    actions: found.then ?? [],
  };
});

/** The alarms of a device. */
export const alarmRulesSchema = z.array(alarm, { error: "a list of alarms" }).superRefine((rules, context) => {
  // A rule with a fault of its own has no name yet.
  if (rules.some((rule) => rule?.name === undefined)) return;
  for (const [i, { name }] of rules.entries()) {
    if (rules.findIndex((rule) => rule.name === name) === i) continue;
    context.addIssue({ code: "custom", path: [i], message: `a name of its own: there is another alarm "${name}"` });
  }
});

const url = z.custom<string>((value) => {
  const url = typeof value === "string" ? URL.parse(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "";
}, 'an address, such as "https://chat.example.org/hooks/lab"');

const COMMAND_FORM = "a program and its arguments, as a list of texts";

/** The keys of a webhook. */
export const webhookSection = section({ url, secret: values.secret.optional() });

/** The keys of `notify`. */
export const notifySection = section({
  webhook: webhookSection.optional(),
  command: z.array(z.string({ error: COMMAND_FORM }).min(1, COMMAND_FORM), { error: COMMAND_FORM }).min(1, COMMAND_FORM)
    .optional(),
});

/** The destinations of the notices of alarms. */
export interface BenchNotify {
  webhook?: { url: string; secret?: string };
  /** A program and its arguments: the event is the program's standard input, as JSON. */
  command?: string[];
}

/** The notifications of alarms, as the daemon uses them. */
export function benchNotify({ webhook, command }: z.output<typeof notifySection>, secret: unknown): BenchNotify {
  return {
    ...webhook && { webhook: { url: webhook.url, ...typeof secret === "string" && { secret } } },
    ...command && { command },
  };
}
