import { every } from "../../../async/every.ts";
import type { DeviceStatus } from "../../../client/mod.ts";
import { messageOf, printable } from "../../../errors.ts";
import { channelsOfSchema, nameOf, unitAt } from "../../../format/channels.ts";
import { positiveNumber } from "../../command_line.ts";
import { Screen } from "../../terminal/screen.ts";
import { Board } from "../view/board.ts";
import { picture, plainLines } from "../view/picture.ts";
import type { AddCommand, Ctl } from "./ctl.ts";

/** The periods of pictures on a terminal, and of lines in a pipe. */
const PICTURE_MS = 250;
const LINES_MS = 1_000;

/** `ctl watch` */
export const watch: AddCommand = (program, ctl) =>
  program.command("watch")
    .description("live values of devices, until Ctrl-C")
    .argument("[ids...]")
    .option("--max-rate <Hz>", "at most this number of samples a second of each device", positiveNumber, 4)
    .addHelpText(
      "after",
      `
Without ids: all devices, also those that are added later. The daemon sends a few samples a second only, so watching a
fast device costs nothing; the rate that is shown is the device's own. A watcher is a reader: a device that streams on
demand streams for it. Where the output is no terminal, a line a second for each device.`,
    )
    .action((ids: string[], { maxRate }: { maxRate: number }) => watchDevices(ctl(), ids, maxRate));

async function watchDevices(ctl: Ctl, ids: string[], maxRate: number): Promise<void> {
  const [devices, unit] = await devicesAndUnits(ctl);
  const board = new Board((text) => ctl.out.isTerminal || void ctl.err.print(printable(text)));
  for (const { device_id, state } of devices) {
    if (!ids.length || ids.includes(device_id)) board.add(device_id, state);
  }
  // The end of one part ends the other.
  const over = new AbortController();
  const signal = AbortSignal.any([ctl.signal, ctl.out.closed, over.signal]);
  const show = ctl.out.isTerminal ? drawPictures : printLines;
  const ending = <T>(part: Promise<T>) => part.finally(() => over.abort());
  const parts = [
    ending(follow(ids.length ? ids : ["*"], maxRate, board, ctl, signal)),
    ending(show(board, { maxRate, unit }, ctl, signal)),
  ];
  // An error must not be printed before the terminal is restored.
  await Promise.allSettled(parts);
  await Promise.all(parts);
}

/** The parts of a picture besides the board. */
interface View {
  maxRate: number;
  unit: (id: string, channel: string) => string | undefined;
}

/** The devices, and the units that their drivers give. */
async function devicesAndUnits({ api }: Ctl): Promise<[DeviceStatus[], View["unit"]]> {
  const [devices, drivers] = await Promise.all([api.listDevices(), api.listDrivers()]);
  const schemas = new Map(drivers.map(({ name, sample }) => [name, sample ?? {}]));
  const units = new Map(devices.map(({ device_id, device_type }) => {
    const schema = schemas.get(device_type) ?? {};
    return [device_id, new Map(channelsOfSchema(schema).map((path) => [nameOf(path), unitAt(schema, path)]))];
  }));
  return [devices, (id, channel) => units.get(id)?.get(channel)];
}

async function follow(ids: string[], max_rate: number, board: Board, ctl: Ctl, signal: AbortSignal): Promise<void> {
  const client = ctl.stream({ onError: (error) => board.disconnect(messageOf(error)) });
  for await (const event of client.events(ids, { max_rate, signal })) board.apply(event);
}

async function drawPictures(board: Board, view: View, { url, out, paint }: Ctl, signal: AbortSignal): Promise<void> {
  await using screen = await Screen.open(out);
  const draw = () => screen.draw(picture(board, { ...view, url, paint, size: out.size }));
  for await (const _ of every(PICTURE_MS, signal, { late: "skip" })) await draw();
  await draw();
}

async function printLines(board: Board, view: View, { out }: Ctl, signal: AbortSignal): Promise<void> {
  for await (const tick of every(LINES_MS, signal, { late: "skip" })) {
    // No sample can have arrived at the first tick.
    if (tick > 0) { for (const line of plainLines(board, view)) await out.print(printable(line)); }
  }
}
