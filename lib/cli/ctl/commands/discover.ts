import { InvalidArgumentError, Option } from "commander";
import { messageOf } from "../../../errors.ts";
import type { DeviceStatus } from "../../../wire/device.ts";
import type { FoundDevice } from "../../discover/bench_lines.ts";
import { durationMs } from "../../command_line.ts";
import type { AddCommand, Ctl } from "./ctl.ts";
import { type DataOptions, JSON_OUTPUT, LINES_OUTPUT, printData } from "../view/data.ts";

/** The options of `ctl discover` as commander reads them. */
interface DiscoverOptions extends DataOptions {
  idn?: Address[];
  modbus?: Address | SerialBus;
  units: number[];
  rtu?: true;
  baud: number;
  parity: Parity;
  wait: number;
}

interface Address {
  host: string;
  port?: number;
}

interface SerialBus {
  serial: string;
}

const PARITIES = ["none", "even", "odd"] as const;

type Parity = typeof PARITIES[number];

/** The limit of one question, in milliseconds. */
const QUESTION_MS = 2_000;

/** The limit of a Modbus unit: an absent one takes all of it, in milliseconds. */
const UNIT_MS = 500;

/** `ctl discover` */
export const discover: AddCommand = (program, ctl) =>
  program.command("discover")
    .description("find instruments, and print lines for the bench file")
    .option("--idn <host...>", "ask *IDN? of these hosts, with a port or at 5025", addresses)
    .option(
      "--modbus <bus>",
      "ask which units answer at this Modbus gateway, with a port or at 502, or serial port",
      bus,
    )
    .option("--units <list>", "the units to ask, such as 1-16,40", units, units("1-32"))
    .option("--rtu", "the gateway takes RTU frames")
    .option("--baud <rate>", "the rate of the serial port", baud, 19_200)
    .addOption(new Option("--parity <parity>", "the parity of the serial port").choices(PARITIES).default("even"))
    .option("--wait <time>", "the time for announcements", durationMs, 2_000)
    .addOption(LINES_OUTPUT).addOption(JSON_OUTPUT)
    .addHelpText(
      "after",
      "\nWithout --idn and --modbus it asks once by multicast DNS what instruments announce, and lists the serial ports " +
        "of this machine. A Modbus bus that a device of the daemon uses is not scanned.",
    )
    .action(async ({ idn, modbus, units, rtu, wait, baud, parity, output }: DiscoverOptions) => {
      const daemon = ctl();
      const devices = await daemon.api.listDevices().catch((): DeviceStatus[] | undefined => undefined);
      const found: FoundDevice[] = [];
      if (idn) found.push(...await identified(daemon, idn));
      if (modbus) {
        found.push(...await scanned(daemon, { bus: modbus, units, baud, parity, isRtu: rtu === true }, devices));
      }
      if (!idn && !modbus) found.push(...await announcedDevices(wait, daemon.signal), ...await onSerialPorts());
      const { benchLines } = await import("../../discover/bench_lines.ts");
      if (found.length === 0) await daemon.err.print("Nothing was found");
      const lines = benchLines(found, devices?.map((it) => it.device_id) ?? []);
      if (output !== "yaml") {
        const { parse } = await import("yaml");
        const list = parse(lines.join("\n")) ?? [];
        return await printData(daemon, output, output === "json" ? { devices: list } : list);
      }
      if (found.length > 0) await daemon.out.print("devices:");
      for (const line of lines) await daemon.out.print(`  ${line}`);
    });

async function identified(ctl: Ctl, hosts: Address[]): Promise<FoundDevice[]> {
  const { identityOf, SCPI_PORT } = await import("../../discover/identity.ts");
  const answers = await Promise.all(hosts.map(({ host, port = SCPI_PORT }) => identityOf(host, port, QUESTION_MS)));
  for (const { problem } of answers) if (problem) await ctl.err.print(problem);
  return answers.flatMap(({ host, port, answer }) => {
    if (answer === undefined) return [];
    const [maker = "", model = ""] = answer.split(",");
    const expect = `^${[maker, model].map((text) => literal(text.trim())).join(", *")}`;
    return [{
      name: `${maker} ${model}`,
      transport: "scpi",
      params: { host, port },
      keys: { identify: { expect } },
      comment: answer,
    }];
  });
}

/** A pattern for a text itself. People read it, so only the characters that have a meaning in patterns are escaped. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** The options of a scan. */
interface Scan {
  bus: Address | SerialBus;
  units: number[];
  isRtu: boolean;
  baud: number;
  parity: Parity;
}

async function scanned(
  { out: _, err, signal }: Ctl,
  { bus, units, isRtu, baud, parity }: Scan,
  devices: DeviceStatus[] | undefined,
): Promise<FoundDevice[]> {
  const { busUser } = await import("../../discover/bus_user.ts");
  const place = "serial" in bus ? bus : { host: bus.host, port: bus.port ?? 502 };
  const name = "serial" in place ? place.serial : `${place.host}:${place.port}`;
  const user = await busUser(place, devices ?? []);
  if (user) {
    throw new Error(
      `Cannot scan ${name}: the device "${user.device_id}" uses it. Remove the device, or stop the daemon, first`,
    );
  }
  if (!devices) await err.print("No daemon answers; make sure that no other program uses the bus");
  const { modbusUnits } = await import("../../discover/modbus_units.ts");
  const scan = "serial" in place
    ? { bus: { serial: { path: place.serial, baud, parity } }, framing: "rtu" as const }
    : { bus: place, framing: isRtu ? "rtu" as const : "tcp" as const };
  const params = "serial" in place
    ? { serial: place.serial, baud, parity }
    : { host: place.host, ...place.port !== 502 && { port: place.port } };
  await err.print(`Asking ${units.length} units; one that is absent takes ${UNIT_MS} ms`);
  const found: FoundDevice[] = [];
  try {
    for await (const unit of modbusUnits({ ...scan, units, timeoutMs: UNIT_MS }, signal)) {
      const all = { ...params, unit, ...isRtu && { framing: "rtu" } };
      found.push({ name: `modbus unit ${unit}`, transport: "modbus", params: all, comment: "it answers" });
    }
  } catch (error) {
    // What was found before the bus was lost is of use, too.
    if (found.length === 0) throw new Error(messageOf(error), { cause: error });
    await err.print(messageOf(error));
  }
  return found;
}

async function announcedDevices(waitMs: number, signal: AbortSignal): Promise<FoundDevice[]> {
  const { announced } = await import("../../discover/announced.ts");
  const all = await announced(waitMs, signal);
  return [...Map.groupBy(all, ({ host }) => host)].map(([host, services]) => {
    const raw = services.find(({ service }) => service === "_scpi-raw._tcp");
    const list = services.map(({ service, port }) => `${service} ${port}`).join(", ");
    const guess = raw ? "" : "; no SCPI port is announced, 5025 is the usual one";
    return {
      name: services[0].name,
      transport: "scpi",
      params: { host, port: raw?.port ?? 5025 },
      comment: `${services[0].name}: ${list}${guess}`,
    };
  });
}

async function onSerialPorts(): Promise<FoundDevice[]> {
  const { serialPorts } = await import("../../discover/serial_ports.ts");
  return (await serialPorts()).map((path) => ({
    name: path.slice(path.lastIndexOf("/") + 1).replace(/-if\d+.*$/, ""),
    transport: "scpi",
    params: { serial: path, baud: 9600 },
    comment: "a serial port: set its rate, and the transport that its instrument speaks",
  }));
}

function address(text: string): Address {
  const found = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[^\s:/]+))(?::(?<port>\d+))?$/i.exec(text)?.groups ?? {};
  const { port } = found;
  const host = found.name ?? found.v6;
  if (host === undefined || (port && !(Number(port) >= 1 && Number(port) <= 65_535))) {
    throw new InvalidArgumentError("It is no host, or host:port.");
  }
  return { host, ...port && { port: Number(port) } };
}

function bus(text: string): Address | SerialBus {
  return text.startsWith("/") ? { serial: text } : address(text);
}

function baud(text: string): number {
  if (!/^\d{2,7}$/.test(text)) throw new InvalidArgumentError("It is no rate, such as 19200.");
  return Number(text);
}

function addresses(text: string, before: Address[] = []): Address[] {
  return [...before, address(text)];
}

function units(text: string): number[] {
  const found = text.split(",").flatMap((part) => {
    const [, first, last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    if (first === undefined || Number(last) > 255 || Number(first) > Number(last)) {
      throw new InvalidArgumentError("It is no list of units, such as 1-16,40; units are 0 to 255.");
    }
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
  });
  return [...new Set(found)];
}
