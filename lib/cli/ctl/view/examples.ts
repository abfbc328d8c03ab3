import type { Command } from "commander";

/** Command lines by the names of their commands, as docs/command-line.md has them, without `deno task ctl`. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  list: ["list", "list --output yaml"],
  show: ["show daq1", "show daq1 --output table"],
  open: ["open", "open daq1"],
  watch: ["watch", "watch daq1 host1"],
  tail: ["tail daq1 --past 30s --count 10", "tail daq1 --count 1000 --format csv > daq1.csv"],
  logs: ["logs daq1", "logs daq1 --follow"],
  drivers: ["drivers"],
  methods: ["methods daq1"],
  call: ["call daq2 set_high 5", "call daq2 set_high volts=5"],
  calls: ["calls"],
  cancel: ["cancel c8r2m0q4tn"],
  get: ["get daq1", "get daq2 high"],
  set: ["set daq2 high 5", "set psu1 range=30 voltage=24"],
  add: ["add daq2 StreamingDAQ high=2", `add daq3 StreamingDAQ --settings '{"process":"small"}'`],
  keep: ["keep daq2"],
  remove: ["remove daq2"],
  connect: ["connect daq2"],
  disconnect: ["disconnect daq2"],
  start: ["start daq2 sample_rate=1000"],
  stop: ["stop daq2"],
  enable: ["enable daq2"],
  disable: ["disable daq2"],
  safe: ["safe", "safe psu1 --reason smoke"],
  error: ["error daq1", "error daq1 --clear"],
  snapshot: ["snapshot > settings.json"],
  restore: ["restore settings.json --dry-run", "restore --recording run42 --at 2026-11-26T08:00:00Z --dry-run"],
  grant: ["grant HostMetrics"],
  discover: ["discover", "discover --idn 127.0.0.1"],
  doctor: ["doctor"],
  "lease list": ["lease list"],
  "lease take": [`lease take daq1 --purpose "IV curve" -- deno task ctl call daq1 set_high 5`],
  "lease break": ["lease break l7q2m0c4t9 --reason smoke"],
  "lease release": ["lease release l7q2m0c4t9 lab_Zk3"],
  "task list": ["task list"],
  "task types": ["task types"],
  "task start": ["task start iv1 IVCurve supply=psu1 to=3 --wait"],
  "task show": ["task show iv1"],
  "task wait": ["task wait iv1"],
  "task cancel": ["task cancel iv1"],
  "task pause": ["task pause iv1"],
  "task resume": ["task resume iv1"],
  "task answer": ["task answer iv1 retry"],
  "task set": ["task set iv1 settle 0.5"],
  "alarms list": ["alarms", "alarms list psu1"],
  "alarms ack": ["alarms ack psu1 voltage --note pump"],
  "record start": ["record start run42 daq1 host1 --until 10min --note cold"],
  "record stop": ["record stop run42"],
  "record note": ["record note run42 open"],
  "record list": ["record list"],
  "record delete": ["record delete run42"],
  export: ["export run42 --format csv --from 2026-11-26T08:00:00Z", "export run42 --format jsonl --output -"],
  "token create": ["token create alice --scope control --devices 'psu*' --expires 30d"],
  "token list": ["token list"],
  "token rotate": ["token rotate alice"],
  "token revoke": ["token revoke alice"],
  "audit show": ["audit show"],
  "audit verify": ["audit verify"],
  "tls self-signed": ["tls self-signed labpc 192.168.1.10"],
  completion: ["completion bash"],
};

/** Adds the examples to the help of every command of a program. */
export function addExamples(program: Command): void {
  const add = (command: Command, path: string) => {
    for (const each of command.commands) add(each, `${path} ${each.name()}`.trim());
    const lines = EXAMPLES[path]?.map((line) => `  deno task ctl ${line}`);
    if (lines) command.addHelpText("after", ["\nExamples:", ...lines].join("\n"));
  };
  add(program, "");
}
