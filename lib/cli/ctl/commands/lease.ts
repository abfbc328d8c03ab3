/**
 * The commands about leases.
 *
 * @module
 */
import type { LeaseStatus } from "../../../client/mod.ts";
import { positiveNumber } from "../../command_line.ts";
import { type Cell, table } from "../../terminal/table.ts";
import { type AddCommand, LEASE_TOKEN } from "./ctl.ts";
import { printUnanswered } from "../view/away.ts";
import { DATA_OUTPUT, type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

const HEADINGS = ["LEASE", "OWNER", "DEVICES", "PURPOSE", "SINCE", "UNTIL", "STATE"];

interface TakeOptions {
  purpose?: string;
  ttl?: number;
  wait?: number;
}

/** `ctl lease` */
export const lease: AddCommand = (program, ctl) => {
  const group = program.command("lease").description("reserve devices: who has leased them alone may command them");
  group.command("list")
    .description("who owns which devices, and who waits for them")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output }: DataOptions) => {
      const { api, out, err, paint } = ctl();
      const answer = await api.listLeases();
      if (output !== "table") return await printData(ctl(), output, answer);
      const { leases, queue } = answer;
      if (leases.length === 0) await out.print("There are no leases");
      else for (const line of table(HEADINGS, leases.map(rowOf), paint, out.size.columns)) await out.print(line);
      for (const { owner, purpose, devices } of queue) {
        await out.print(`${owner} waits for ${devices.join(", ")}${purpose && `: ${purpose}`}`);
      }
      await printUnanswered(err, answer);
    });
  group.command("take <devices> [command...]")
    .description("lease devices (a,b), and run a command while they are leased")
    .option("--purpose <text>", "for people: who finds the devices in use reads it")
    .option("--ttl <seconds>", "how long they stay leased when nothing renews the lease (default: 30)", positiveNumber)
    .option("--wait <seconds>", "how long to wait until all are free", positiveNumber)
    .addOption(DATA_OUTPUT).addOption(JSON_OUTPUT)
    .addHelpText(
      "after",
      `
The command gets the token in the environment variable ${LEASE_TOKEN}, which ctl and the Python client send. The lease is renewed
while it runs, and released when it ends, also at Ctrl-C. Without a command, the lease is printed and not renewed: send
its token yourself, as X-Lease, and renew it within its time.`,
    )
    .action(
      async (
        devices: string,
        command: string[],
        { output, json: _, ...options }: TakeOptions & DataOptions & { json?: true },
      ) => {
        const { api, lastingApi, err, signal } = ctl();
        const ids = devices.split(",");
        const [file, ...args] = command;
        if (file === undefined) return await printData(ctl(), output, await api.acquireLease(ids, options));
        await using lease = await lastingApi.lease(ids, options);
        await err.print(`leased: ${lease.devices.join(", ")}`);
        const child = new Deno.Command(file, { args, env: { [LEASE_TOKEN]: lease.token } }).spawn();
        const end = () => child.kill("SIGTERM");
        signal.addEventListener("abort", end);
        const { code } = await child.status;
        signal.removeEventListener("abort", end);
        if (code !== 0) throw new Error(`${file} has ended with the exit code ${code}`);
      },
    );
  group.command("break <lease>")
    .description("end another one's lease: its devices are made safe")
    .requiredOption("--reason <text>", "for people and the audit log")
    .action(async (id: string, { reason }: { reason: string }) => {
      const { api, out } = ctl();
      for (const { device_id, ok, error } of await api.breakLease(id, reason)) {
        await out.print(`${device_id} ${ok ? "is safe" : `is not safe: ${error?.message}`}`);
      }
    });
  group.command("release <lease> <token>")
    .description("release a lease of your own")
    .action(async (id: string, token: string) => await ctl().api.releaseLease(id, token));
};

function rowOf({ lease_id, owner, devices, purpose, since, expires_at, state }: LeaseStatus): Cell[] {
  const time = (text: string) => text.slice(11, 19);
  return [lease_id, owner, devices.join(","), purpose, time(since), time(expires_at), state];
}
