import { defineDriver, delay, LabError } from "labdaemon/driver";
import { z } from "zod";

/** Prints the files: the one program that this driver may run. */
const READER = `${import.meta.dirname}/host_metrics.sh`;

const bytes = (description: string) => z.number().nullable().meta({ unit: "B", description });
const rate = (description: string) => z.number().nullable().meta({ unit: "B/s", description });
const load = (description: string) => z.number().nullable().meta({ unit: "tasks", description });
const percent = z.number().nullable().meta({ unit: "%", description: "Time neither idle nor waiting for a disk" });

/**
 * This machine as an instrument. Rates and utilisation are means since the sample before (or since connecting). `null`
 * stands where there is none: a counter was reset, an interface is new, a core is offline, a file cannot be read.
 */
const sample = z.object({
  cpu: z.object({ total: percent, cores: z.array(percent) }),
  memory: z.object({
    total: bytes("Usable RAM"),
    available: bytes("Free for new programs without swapping"),
    used: bytes("Total less available"),
    swap_used: bytes("Swapped out"),
  }),
  load: z.object({ "1m": load("Mean of 1 minute"), "5m": load("Of 5 minutes"), "15m": load("Of 15 minutes") }),
  network: z.record(z.string(), z.object({ received: rate("By interface"), sent: rate("By interface") })),
  disk: z.record(z.string(), z.object({ read: rate("By whole disk"), written: rate("By whole disk") })),
  temperature: z.record(z.string(), z.number().meta({ unit: "°C", description: "By chip and sensor" })),
  fan: z.record(z.string(), z.number().meta({ unit: "rpm", description: "By chip and sensor" })),
});

export default defineDriver({
  name: "HostMetrics",
  summary: "This machine: CPU, memory, load, network and disk rates, temperatures, fans (Linux)",
  options: z.object({
    // The kernel counts CPU time in ticks of (mostly) 10 ms: at 20 Hz, one tick of a core is 20 % already.
    sample_rate: z.number().positive().max(20).default(1).meta({ unit: "Hz", description: "Samples per second" }),
  }),
  sample,
  // Not `read`: Deno opens files under /proc and /sys for --allow-all only (docs/decisions/reading-the-kernels-counters.md).
  permissions: () => ({ run: [READER] }),
  create: () => hostMetrics(readKernelFiles),
});

/** The text of each file by its path, without files that are missing or cannot be read. */
export type Files = ReadonlyMap<string, string>;

/** Two counters of each core, interface or disk. They only grow, until something resets them. */
export type Counters = ReadonlyMap<string, readonly [number, number]>;

/** The device, on any source of files. */
export function hostMetrics(readFiles: (signal: AbortSignal) => Promise<Files>) {
  const count = async (signal: AbortSignal) => {
    const files = await readFiles(signal);
    return {
      files,
      seconds: performance.now() / 1000,
      cpu: parseStat(files.get("/proc/stat")),
      network: parseNetDev(files.get("/proc/net/dev")),
      disk: parseDiskstats(files.get("/proc/diskstats")),
    };
  };
  let last: Awaited<ReturnType<typeof count>>;
  return {
    async connect(signal: AbortSignal) {
      last = await count(signal);
      // The first sample may follow at once, and a mean over less than a few ticks can only be 0 or 100 %.
      await delay(100, { signal });
    },
    async read(signal: AbortSignal): Promise<z.output<typeof sample>> {
      const before = last;
      const { files, seconds, cpu, network, disk } = last = await count(signal);
      const elapsed = seconds - before.seconds;
      return {
        cpu: utilisation(before.cpu, cpu),
        memory: parseMeminfo(files.get("/proc/meminfo")),
        load: parseLoadavg(files.get("/proc/loadavg")),
        network: rates(before.network, network, elapsed, (received, sent) => ({ received, sent })),
        disk: rates(before.disk, disk, elapsed, (read, written) => ({ read, written })),
        ...parseSensors(files),
      };
    },
  };
}

/** `/proc/stat`, see proc_stat(5): busy and idle ticks by core number, and of all cores together under `""`. */
export function parseStat(text = ""): Counters {
  return new Map(Array.from(text.matchAll(/^cpu(\d*) +(.+)$/gm), ([, core, columns]) => {
    // Guest times follow, but user and nice contain them already.
    const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] = columns.split(" ").map(Number);
    return [core, [user + nice + system + irq + softirq + steal, idle + iowait]];
  }));
}

function utilisation(before: Counters, now: Counters) {
  const percent = (core: string) => {
    const [from, to] = [before.get(core), now.get(core)];
    if (!from || !to) return null;
    // proc_stat(5) warns that iowait may run backwards.
    const [busy, idle] = [Math.max(0, to[0] - from[0]), Math.max(0, to[1] - from[1])];
    return busy + idle > 0 ? 100 * busy / (busy + idle) : null;
  };
  const length = Math.max(0, ...Array.from(now.keys(), (core) => core ? Number(core) + 1 : 0));
  return { total: percent(""), cores: Array.from({ length }, (_, core) => percent(String(core))) };
}

/** `/proc/net/dev`, see proc_pid_net(5): bytes received and sent by interface. Old kernels write `eth0:123`. */
export function parseNetDev(text = ""): Counters {
  return new Map(Array.from(text.matchAll(/^ *(\S+): *(\d.*)$/gm), ([, name, columns]) => {
    const values = columns.split(/ +/).map(Number);
    return [name, [values[0], values[8]]];
  }));
}

/**
 * `/proc/diskstats`, see the kernel's admin-guide/iostats.rst: bytes read and written by whole disk, without loop and RAM
 * disks. Sectors are 512 bytes there, whatever the disk's own are.
 */
export function parseDiskstats(text = ""): Counters {
  const rows = text.split("\n").map((line) => line.trim().split(/ +/)).filter((row) => row.length >= 10);
  const names = new Set(rows.map(([, , name]) => name));
  // The kernel names partitions sda1, but nvme0n1p1 where the disk's own name ends in a digit (block/partitions/core.c).
  const isPartition = (name: string) =>
    [/^(.*\D)\d+$/, /^(.*\d)p\d+$/].some((pattern) => names.has(name.match(pattern)?.[1] ?? ""));
  return new Map(
    rows.filter(([, , name]) => !/^(loop|z?ram)\d+$/.test(name) && !isPartition(name))
      .map((row) => [row[2], [Number(row[5]) * 512, Number(row[9]) * 512]]),
  );
}

function rates<T>(before: Counters, now: Counters, elapsed: number, name: (a: number | null, b: number | null) => T) {
  // The count between the last sample and a reset, or a wrap, of the counter is unknown.
  const rate = (from: number | undefined, to: number) =>
    from !== undefined && to >= from && elapsed > 0 ? (to - from) / elapsed : null;
  return Object.fromEntries(Array.from(now, ([key, [a, b]]) => {
    const [fromA, fromB] = before.get(key) ?? [];
    return [key, name(rate(fromA, a), rate(fromB, b))];
  }));
}

/** `/proc/meminfo`, see proc_meminfo(5), in bytes: its "kB" are 1024. */
export function parseMeminfo(text = "") {
  const values = new Map(Array.from(text.matchAll(/^(\w+): +(\d+) kB$/gm), ([, key, kB]) => [key, Number(kB) * 1024]));
  const value = (key: string) => values.get(key) ?? null;
  const difference = (a: number | null, b: number | null) => a === null || b === null ? null : a - b;
  const [total, available] = [value("MemTotal"), value("MemAvailable")];
  const swap_used = difference(value("SwapTotal"), value("SwapFree"));
  return { total, available, used: difference(total, available), swap_used };
}

/** `/proc/loadavg`, see proc_loadavg(5). */
export function parseLoadavg(text = "") {
  const means = text.match(/^[\d.]+ [\d.]+ [\d.]+/)?.[0].split(" ").map(Number) ?? [];
  return { "1m": means[0] ?? null, "5m": means[1] ?? null, "15m": means[2] ?? null };
}

/**
 * `/sys/class/hwmon`, see the kernel's hwmon/sysfs-interface.rst, and `/sys/class/thermal`, driver-api/thermal/sysfs-api.rst:
 * by the chip's name and the sensor's label, or its file's name where it has none.
 */
export function parseSensors(files: Files) {
  const chips = numbered(select(files, /^(\/sys\/class\/hwmon\/hwmon\d+)\/name$/));
  const zones = numbered(select(files, /^(\/sys\/class\/thermal\/thermal_zone\d+)\/type$/))
    .map(([zone, type]) => [`thermal ${type}`, Number(files.get(`${zone}/temp`))] as const);
  const inputs = (kind: string) =>
    chips.flatMap(([chip, name]) => {
      const labels = new Map(numbered(select(files, RegExp(`^${chip}/(${kind}\\d+)_label$`))));
      return select(files, RegExp(`^${chip}/(${kind}\\d+)_input$`))
        .map(([sensor, text]) => [`${name} ${labels.get(sensor) ?? sensor}`, Number(text)] as const);
    });
  const temperatures = [...inputs("temp"), ...zones].map(([key, millidegrees]) => [key, millidegrees / 1000] as const);
  return {
    // A zone that has not measured yet says -274 °C (THERMAL_TEMP_INVALID), colder than anything can be.
    temperature: Object.fromEntries(temperatures.filter(([, celsius]) => celsius > -273.15)),
    fan: Object.fromEntries(inputs("fan").filter(([, rpm]) => rpm >= 0)),
  };
}

/** The pattern's group in each path that matches, with the file's text. */
function select(files: Files, pattern: RegExp): [string, string][] {
  return [...files].flatMap(([path, text]) => {
    const id = path.match(pattern)?.[1];
    return id ? [[id, text.trim()]] : [];
  });
}

/** Two equal drives are two chips named "nvme": the second becomes "nvme #2", also while the first cannot be read. */
function numbered(names: [string, string][]): [string, string][] {
  return names.map(([id, name], index) => {
    const earlier = names.slice(0, index).filter(([, other]) => other === name).length;
    return [id, earlier ? `${name} #${earlier + 1}` : name];
  });
}

/** The kernel's files, without those that cannot be read. */
async function readKernelFiles(signal: AbortSignal): Promise<Files> {
  const attempt = `Cannot read this machine's counters on ${Deno.build.os}`;
  // Without the environment: to pass on LD_LIBRARY_PATH, Deno would require every permission.
  const reader = new Deno.Command(READER, { clearEnv: true, signal });
  const { stdout, stderr } = await Promise.try(() => reader.output()).catch((cause) => {
    throw new LabError("DriverError", `${attempt}: ${READER}, which reads them, did not run: ${cause.message}`, {
      cause,
    });
  });
  signal.throwIfAborted();
  const files = parseGrep(new TextDecoder().decode(stdout));
  if (files.size > 0) return files;
  const output = new TextDecoder().decode(stderr).trim();
  throw new LabError("DriverError", `${attempt}: ${READER} found none under /proc and /sys. ${output}`.trim());
}

/** Parses the output of `grep -H`: lines of `path:text`. */
export function parseGrep(output: string): Files {
  const files = new Map<string, string>();
  for (const [, path, line] of output.matchAll(/^([^:\n]+):(.*\n)/gm)) files.set(path, (files.get(path) ?? "") + line);
  return files;
}
