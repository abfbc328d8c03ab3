import FakeTimers from "@sinonjs/fake-timers";
import assert from "node:assert/strict";
import driver, {
  type Files,
  hostMetrics,
  parseDiskstats,
  parseGrep,
  parseLoadavg,
  parseMeminfo,
  parseNetDev,
  parseSensors,
  parseStat,
} from "../../drivers/host_metrics.ts";
import { permissionFlags } from "../../lib/host/permissions.ts";

type Sample = Awaited<ReturnType<ReturnType<typeof hostMetrics>["read"]>>;
type Table = Record<string, string>;

const { signal } = new AbortController();

/** The samples of a device that finds `tables[0]` when it connects and each of the others so much later than the one before. */
async function samplesEvery(seconds: number, ...tables: Table[]): Promise<Sample[]> {
  const time = FakeTimers.install({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    const rest = tables.map((files): Files => new Map(Object.entries(files)));
    const device = hostMetrics(() => Promise.resolve(rest.shift()!));
    const connected = device.connect(signal);
    await time.tickAsync(seconds * 1_000);
    await connected;
    const found: Sample[] = [];
    for (const _ of tables.slice(1)) {
      found.push(await device.read(signal));
      await time.tickAsync(seconds * 1_000);
    }
    return found;
  } finally {
    time.uninstall();
  }
}

const samples = (...tables: Table[]) => samplesEvery(1, ...tables);

Deno.test("HostMetrics yields the share of time that each core was busy since the last sample", async () => {
  const [sample] = await samples(
    {
      "/proc/stat":
        "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 50 0 50 400 0 0 0 0 0 0\ncpu1 50 0 50 400 0 0 0 0 0 0\nctxt 9\n",
    },
    { "/proc/stat": "cpu  150 10 140 890 10 0 0 0 0 0\ncpu0 90 0 60 450 0 0 0 0 0 0\ncpu1 50 0 50 450 50 0 0 0 0 0\n" },
  );
  assert.deepEqual(sample.cpu, { total: 50, cores: [50, 0] });
});

Deno.test("HostMetrics keeps a core's place while another is offline, and yields null for a new one", async () => {
  const [without, back] = await samples(
    { "/proc/stat": "cpu0 1 0 0 9 0 0 0\ncpu1 1 0 0 9 0 0 0\ncpu2 1 0 0 9 0 0 0\n" },
    { "/proc/stat": "cpu0 2 0 0 9 0 0 0\ncpu2 1 0 0 19 0 0 0\n" },
    { "/proc/stat": "cpu0 2 0 0 10 0 0 0\ncpu1 1 0 0 9 0 0 0\ncpu2 2 0 0 20 0 0 0\n" },
  );
  assert.deepEqual(without.cpu.cores, [100, null, 0]);
  assert.deepEqual(back.cpu.cores, [0, null, 50]);
});

Deno.test("HostMetrics yields null for a core whose counters stood still, and survives iowait that runs backwards", async () => {
  const [sample] = await samples(
    { "/proc/stat": "cpu0 1 0 0 9 0 0 0\ncpu1 1 0 0 9 50 0 0\n" },
    { "/proc/stat": "cpu0 1 0 0 9 0 0 0\ncpu1 2 0 0 9 20 0 0\n" },
  );
  assert.deepEqual(sample.cpu.cores, [null, 100]);
});

const traffic = (received: number, sent: number) => `  eth0: ${received} 1 0 0 0 0 0 0 ${sent} 1 0 0 0 0 0 0\n`;
const blocks = (read: number, written: number) => ` 8 0 sda 1 0 ${read} 0 1 0 ${written} 0 0 0 0\n`;

Deno.test("HostMetrics divides what was counted by the time that really passed", async () => {
  const counters = (n: number) => ({
    "/proc/net/dev": traffic(100 * n, 10 * n),
    "/proc/diskstats": blocks(4 * n, 2 * n),
  });
  const [first, second] = await samplesEvery(4, counters(0), counters(4), counters(44));
  assert.deepEqual(first.network, { eth0: { received: 100, sent: 10 } });
  assert.deepEqual(first.disk, { sda: { read: 2048, written: 1024 } });
  assert.deepEqual(second.network, { eth0: { received: 1_000, sent: 100 } });
});

Deno.test("HostMetrics yields null, never a negative rate, where a counter was reset, and then continues", async () => {
  const [reset, next] = await samples(
    { "/proc/net/dev": traffic(5_000, 5_000) },
    { "/proc/net/dev": traffic(10, 6_000) },
    { "/proc/net/dev": traffic(30, 6_000) },
  );
  assert.deepEqual(reset.network, { eth0: { received: null, sent: 1_000 } });
  assert.deepEqual(next.network, { eth0: { received: 20, sent: 0 } });
});

Deno.test("HostMetrics yields null for a new interface, and omits one that was removed", async () => {
  const [came, went] = await samples({}, { "/proc/net/dev": traffic(5, 5) }, {});
  assert.deepEqual(came.network, { eth0: { received: null, sent: null } });
  assert.deepEqual(went.network, {});
});

Deno.test("HostMetrics leaves empty what cannot be read, and the sample still fits its schema", async () => {
  const [sample] = await samples({}, {});
  assert.deepEqual(sample, {
    cpu: { total: null, cores: [] },
    memory: { total: null, available: null, used: null, swap_used: null },
    load: { "1m": null, "5m": null, "15m": null },
    network: {},
    disk: {},
    temperature: {},
    fan: {},
  });
  assert.equal(driver.sample!.safeParse(sample).success, true);
});

Deno.test("HostMetrics does not connect when its files cannot be read", async () => {
  const device = hostMetrics(() => Promise.reject(new Error("Cannot read them")));
  await assert.rejects(device.connect(signal), /Cannot read them/);
});

Deno.test("parseStat() counts waiting as idle, guest time once, and takes the short lines of old kernels", () => {
  assert.deepEqual(
    parseStat("cpu  1 2 3 4 5 6 7 8 1 2\ncpu0 1 2 3 4\nintr 5 6\ncpufreq 1\n"),
    new Map([["", [27, 9]], ["0", [6, 4]]]),
  );
});

Deno.test("parseNetDev() reads every interface, also where a number touches the colon or the name holds one", () => {
  const text = [
    "Inter-|   Receive                                                |  Transmit",
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed",
    "    lo:    3433      33    0    0    0     0          0         0     3434      33    0    0    0     0       0          0",
    "  eth0:93509331    2578    0    0    0     0          0         0   118024    1441    0    0    0     0       0          0",
    "eth0:1: 1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0",
    "",
  ].join("\n");
  assert.deepEqual(
    parseNetDev(text),
    new Map([["lo", [3433, 3434]], ["eth0", [93509331, 118024]], ["eth0:1", [1, 2]]]),
  );
});

Deno.test("parseDiskstats() reads whole disks only, and no loop or RAM disks", () => {
  const names = [
    "loop0",
    "ram0",
    "zram0",
    "sda",
    "sda1",
    "sda12",
    "sdaa",
    "nvme0n1",
    "nvme0n1p1",
    "mmcblk0",
    "mmcblk0p2",
  ]
    .concat("mmcblk0boot0", "md1", "md12", "md1p1", "dm-0", "sr0");
  const text = names.map((name) => `   8       0 ${name} 9 9 2 9 9 9 3 9 0 9 9 9 9 9 9\n`).join("");
  const disks = ["sda", "sdaa", "nvme0n1", "mmcblk0", "mmcblk0boot0", "md1", "md12", "dm-0", "sr0"];
  assert.deepEqual([...parseDiskstats(text).keys()], disks);
  assert.deepEqual(parseDiskstats(text).get("sda"), [1024, 1536]);
});

Deno.test("parseMeminfo() returns bytes, and null for values that an old kernel lacks", () => {
  const text =
    "MemTotal:       1000 kB\nMemFree:  200 kB\nMemAvailable:    400 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\nHugePages_Total: 0\n";
  assert.deepEqual(parseMeminfo(text), { total: 1_024_000, available: 409_600, used: 614_400, swap_used: 30_720 });
  assert.deepEqual(parseMeminfo("MemTotal: 1 kB\n"), { total: 1024, available: null, used: null, swap_used: null });
});

Deno.test("parseLoadavg() returns the three means", () => {
  assert.deepEqual(parseLoadavg("0.17 1.12 20.09 1/93 4263\n"), { "1m": 0.17, "5m": 1.12, "15m": 20.09 });
});

const hwmon = (number: number, files: Table): Table =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`/sys/class/hwmon/hwmon${number}/${name}`, `${text}\n`]),
  );
const sensors = (...tables: Table[]) => parseSensors(new Map(tables.flatMap((table) => Object.entries(table))));

Deno.test("parseSensors() names sensors by chip and label, or by their file", () => {
  assert.deepEqual(
    sensors(
      hwmon(0, { name: "coretemp", temp1_label: "Package id 0", temp1_input: "41000", temp2_input: "-1500" }),
      hwmon(1, { name: "nct6775", fan1_input: "1200", fan2_input: "0", fan2_label: "Pump" }),
    ),
    {
      temperature: { "coretemp Package id 0": 41, "coretemp temp2": -1.5 },
      fan: { "nct6775 fan1": 1200, "nct6775 Pump": 0 },
    },
  );
});

Deno.test("parseSensors() keeps two equal drives apart, also while the first cannot be read", () => {
  const drive = { name: "nvme", temp1_label: "Composite", temp1_input: "30000" };
  const { temp1_input: _, ...silent } = drive;
  assert.deepEqual(sensors(hwmon(2, drive), hwmon(3, drive)).temperature, {
    "nvme Composite": 30,
    "nvme #2 Composite": 30,
  });
  assert.deepEqual(sensors(hwmon(2, silent), hwmon(3, drive)).temperature, { "nvme #2 Composite": 30 });
});

Deno.test("parseSensors() reads thermal zones, and leaves out those that have not measured and readings that are none", () => {
  const zone = (number: number, type: string, temp?: string): Table => ({
    [`/sys/class/thermal/thermal_zone${number}/type`]: `${type}\n`,
    ...(temp && { [`/sys/class/thermal/thermal_zone${number}/temp`]: `${temp}\n` }),
  });
  const { temperature } = sensors(
    zone(0, "acpitz", "27800"),
    zone(1, "acpitz", "20000"),
    zone(2, "iwlwifi_1", "-274000"),
    zone(3, "x86_pkg_temp"),
    zone(4, "odd", "?"),
  );
  assert.deepEqual(temperature, { "thermal acpitz": 27.8, "thermal acpitz #2": 20 });
});

Deno.test("parseGrep() puts the lines of each file together, and colons within a line stay", () => {
  const files = parseGrep(
    "/proc/meminfo:MemTotal: 1 kB\n/proc/loadavg:0.1 0.2 0.3\n/proc/meminfo:MemFree: 2 kB\n/a:\n",
  );
  assert.deepEqual(
    files,
    new Map([["/proc/meminfo", "MemTotal: 1 kB\nMemFree: 2 kB\n"], ["/proc/loadavg", "0.1 0.2 0.3\n"], ["/a", "\n"]]),
  );
  assert.equal(parseGrep("").size, 0);
});

Deno.test("HostMetrics samples at 1 Hz unless asked otherwise, and at most at 20 Hz", () => {
  assert.deepEqual(driver.options.parse({}), { sample_rate: 1 });
  assert.equal(driver.options.safeParse({ sample_rate: 21 }).success, false);
});

const DRIVER = new URL("../../drivers/host_metrics.ts", import.meta.url);
const READER = new URL("../../drivers/host_metrics.sh", import.meta.url);
const CONFIG = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);

/** The output of a program that has exactly these permissions. */
async function runAlone(program: string, flags: string[]): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--cached-only", `--config=${CONFIG}`, ...flags, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(program));
  await input.close();
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr);
}

/** Connects this copy of the driver and reads it once: the sample as JSON, or what went wrong. */
const readOnce = (flags: string[], file = DRIVER) =>
  runAlone(
    `import driver from ${JSON.stringify(file.href)};
    const { signal } = new AbortController();
    const device = driver.create({});
    try {
      await device.connect(signal);
      console.log(JSON.stringify(await device.read(signal)));
    } catch (error) {
      console.log(error.type + ": " + error.message);
    }`,
    flags,
  );

/** A copy of the driver with another reader, in a folder whose name needs care; and the permission for that reader. */
async function inStrangeFolder(reader: string, mode: number, use: (file: URL, flags: string[]) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "host metrics 100% " });
  try {
    const file = new URL(`file://${encodeURI(folder)}/host_metrics.ts`);
    await Deno.copyFile(DRIVER, file);
    await Deno.writeTextFile(`${folder}/host_metrics.sh`, reader, { mode });
    await use(file, permissionFlags({ run: [`${folder}/host_metrics.sh`] }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test("HostMetrics reads this machine with the permissions of its manifest alone (Linux)", onLinux, async () => {
  const sample = JSON.parse(await readOnce(permissionFlags(driver.permissions({})))) as Sample;
  assert.deepEqual(driver.sample!.parse(sample), sample);
  assert.ok(sample.memory.total! > sample.memory.available! && sample.memory.available! > 0);
  assert.equal(sample.cpu.cores.length > 0, true);
  assert.ok(sample.cpu.total! >= 0 && sample.cpu.total! <= 100);
  assert.ok(sample.load["1m"]! >= 0);
  assert.ok(sample.network.lo.received! >= 0);
});

Deno.test("HostMetrics may run its own reader and nothing else", async () => {
  const answers = await runAlone(
    `for (const program of ${JSON.stringify(["grep", "/usr/bin/grep", "sh", "/bin/sh", "cat", Deno.execPath()])}) {
      await Promise.try(() => new Deno.Command(program).output())
        .then(() => console.log(program, "ran"), (error) => console.log(error.name));
    }`,
    permissionFlags(driver.permissions({})),
  );
  assert.equal(answers, "NotCapable\n".repeat(6));
});

Deno.test("HostMetrics works in a folder whose name holds spaces and a percent sign", onLinux, async () => {
  await inStrangeFolder(await Deno.readTextFile(READER), 0o755, async (file, flags) => {
    assert.ok(JSON.parse(await readOnce(flags, file)).memory.total > 0);
  });
});

Deno.test("HostMetrics names the missing permission when it may not run its reader", async () => {
  assert.match(
    await readOnce([]),
    /^DeviceError: Cannot read this machine's counters on \w+: .*host_metrics\.sh.* did not run: Requires run access/,
  );
});

Deno.test("HostMetrics names the file that cannot be executed", onLinux, async () => {
  await inStrangeFolder("#!/bin/sh\n", 0o644, async (file, flags) => {
    assert.match(await readOnce(flags, file), /^DeviceError: .*host_metrics\.sh.* did not run: .*Permission denied/);
  });
});

Deno.test("HostMetrics names the folders that it searched on a machine without its files", onLinux, async () => {
  await inStrangeFolder("#!/bin/sh\necho no such thing >&2\nexit 2\n", 0o755, async (file, flags) => {
    assert.match(
      await readOnce(flags, file),
      /^DeviceError: .*host_metrics\.sh found none under \/proc and \/sys\. no such thing/,
    );
  });
});

Deno.test("host_metrics.sh prints the same whatever its arguments and its environment say", onLinux, async () => {
  const paths = async (args: string[], env: Record<string, string>) => {
    const { stdout } = await new Deno.Command(READER, { args, env, clearEnv: true }).output();
    return [...parseGrep(new TextDecoder().decode(stdout)).keys()].sort();
  };
  const hostile = { PATH: "/nowhere", GREP_OPTIONS: "-L", "BASH_FUNC_exec%%": "() { echo /x:; }", IFS: "/" };
  assert.deepEqual(await paths(["-r", "/etc/hostname"], hostile), await paths([], {}));
});

Deno.test(
  "host_metrics.sh prints chips and zones in the order of their numbers, and nothing beside them",
  onLinux,
  async () => {
    const sys = await Deno.makeTempDir();
    try {
      for (const number of [0, 2, 10]) {
        const [chip, zone] = [`${sys}/class/hwmon/hwmon${number}`, `${sys}/class/thermal/thermal_zone${number}`];
        await Deno.mkdir(chip, { recursive: true });
        await Deno.mkdir(zone, { recursive: true });
        await Deno.writeTextFile(`${chip}/name`, "nvme\n");
        await Deno.writeTextFile(`${chip}/temp1_input`, `${number}000\n`);
        await Deno.writeTextFile(`${chip}/uevent`, "SECRET=1\n");
        await Deno.writeTextFile(`${zone}/type`, "acpitz\n");
        await Deno.writeTextFile(`${zone}/temp`, `${number}500\n`);
      }
      const script = (await Deno.readTextFile(READER)).replaceAll("/sys/", `${sys}/`);
      const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
      const output = new TextDecoder().decode(stdout);
      assert.doesNotMatch(output, /SECRET/);
      assert.deepEqual(parseSensors(parseGrep(output.replaceAll(`${sys}/`, "/sys/"))).temperature, {
        "nvme temp1": 0,
        "nvme #2 temp1": 2,
        "nvme #3 temp1": 10,
        "thermal acpitz": 0.5,
        "thermal acpitz #2": 2.5,
        "thermal acpitz #3": 10.5,
      });
    } finally {
      await Deno.remove(sys, { recursive: true });
    }
  },
);
