import { every } from "../../../async/every.ts";
import type { DeviceStatus } from "../../../client/mod.ts";
import { messageOf, printable } from "../../../errors.ts";
import { channelsOfSchema, nameOf, unitAt } from "../../../format/channels.ts";
import type { Command, Ctl } from "../command.ts";
import { maxRateOf } from "../option_values.ts";
import { Board } from "../watch/board.ts";
import { picture, plainLines } from "../watch/picture.ts";
import { Screen } from "../watch/screen.ts";

/** So often a picture is drawn, and so often a pipe gets its lines. */
const PICTURE_MS = 250;
const LINES_MS = 1_000;

/** `ctl watch` */
export const watch: Command = {
  name: "watch",
  about: "live values of devices, until Ctrl-C",
  arguments: [{ name: "ids", optional: true, many: true }],
  options: { "max-rate": { value: "Hz", about: "so many samples a second at most of each device (4)" } },
  notes: `Without ids, all devices, also those that are added later. The daemon sends a few samples a second only, so
watching a fast device costs nothing; the rate that is shown is the device's own. A watcher is a reader: a device that
streams on demand streams for it. Where the output is no terminal, a line a second for each device.`,
  async run(given, ctl) {
    const { words } = given;
    const maxRate = maxRateOf(given) ?? 4;
    const [devices, unit] = await look(ctl);
    const board = new Board((text) => ctl.out.isTerminal || void ctl.err.print(printable(text)));
    for (const { device_id, state } of devices) {
      if (!words.length || words.includes(device_id)) board.place(device_id, state);
    }
    // Whatever ends one of the two ends the other.
    const over = new AbortController();
    const signal = AbortSignal.any([ctl.signal, ctl.out.closed, over.signal]);
    const show = ctl.out.isTerminal ? drawPictures : printLines;
    const ending = <T>(part: Promise<T>) => part.finally(() => over.abort());
    const parts = [
      ending(follow(words.length ? words : ["*"], maxRate, board, ctl, signal)),
      ending(show(board, { maxRate, unit }, ctl, signal)),
    ];
    // Not before the terminal is as it was.
    await Promise.allSettled(parts);
    await Promise.all(parts);
  },
};

/** What is shown besides the board. */
interface View {
  maxRate: number;
  unit: (id: string, channel: string) => string | undefined;
}

/** What there is, and the units that the drivers give. */
async function look({ api }: Ctl): Promise<[DeviceStatus[], View["unit"]]> {
  const [devices, drivers] = await Promise.all([api.listDevices(), api.listDrivers()]);
  const schemas = new Map(drivers.map(({ name, sample }) => [name, sample]));
  const units = new Map(
    devices.flatMap(({ device_id, device_type }) =>
      channelsOfSchema(schemas.get(device_type) ?? {}).map((path): [string, string] => [
        `${device_id} ${nameOf(path)}`,
        unitAt(schemas.get(device_type), path),
      ])
    ),
  );
  return [devices, (id, channel) => units.get(`${id} ${channel}`) || undefined];
}

async function follow(ids: string[], max_rate: number, board: Board, ctl: Ctl, signal: AbortSignal): Promise<void> {
  const client = ctl.stream({ onError: (error) => board.lose(messageOf(error)) });
  for await (const event of client.events(ids, { max_rate, signal })) board.see(event);
}

async function drawPictures(board: Board, view: View, { url, out, paint }: Ctl, signal: AbortSignal): Promise<void> {
  await using screen = await Screen.open(out);
  const draw = () => screen.draw(picture(board, { ...view, url, paint, size: out.size }));
  for await (const _ of every(PICTURE_MS, signal, { late: "skip" })) await draw();
  await draw();
}

async function printLines(board: Board, view: View, { out }: Ctl, signal: AbortSignal): Promise<void> {
  for await (const tick of every(LINES_MS, signal, { late: "skip" })) {
    // At the first nothing can have come.
    if (tick > 0) { for (const line of plainLines(board, view)) await out.print(printable(line)); }
  }
}
