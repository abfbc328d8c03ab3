/**
 * The values of a bench file, as schemas. Their messages are the second half of "expected …".
 *
 * @module
 */
import { resolve } from "node:path";
import { isIP } from "node:net";
import { z } from "zod";
import { DEVICE_ID_FORM, isDeviceId } from "../device/device_id.ts";
import { isPermissionEntry } from "../host/permissions.ts";
import { isPackage } from "../registry/files/list_imports.ts";
import { MAX_DELAY_MS } from "../async/mod.ts";
import { HOST_FORM, isHost } from "../format/host_text.ts";
import { section } from "../yaml/section.ts";
import { DURATION_FORM, isDuration, parseDuration } from "../format/duration.ts";

/** A port to listen on; 0 lets the system choose. */
export const port = z.custom<number>(
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  "a whole number from 0 to 65535",
);

/** An address to listen on. */
export const host = z.custom<string>(isHost, HOST_FORM);

/** A Host header. */
export const hostHeader = z.custom<string>(
  (value) =>
    typeof value === "string" && /^([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d+)?$/i.test(value) &&
    URL.canParse(`http://${value}`),
  'a host name, with or without a port, such as "labpc" or "labpc:5000"',
).transform((value) => value.toLowerCase());

/** The path below which the daemon is reached, converted to one without a slash at its end. */
export const basePath = z.custom<string>(
  (value) => typeof value === "string" && /^(\/|(\/[\w.~-]+)+\/?)$/.test(value),
  'a path that begins with "/", such as "/lab"',
).transform((value) => value.replace(/\/$/, ""));

/** An address or a network. */
export const network = z.custom<string>(
  (value) => {
    const [address, bits, ...more] = typeof value === "string" ? value.split("/") : [""];
    const most = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
    return more.length === 0 && most >= 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
  },
  'an address or a network, such as "127.0.0.1" or "10.0.0.0/8"',
);

/** An origin, converted to the spelling of browsers: lower case, without the scheme's default port. */
export const origin = z.custom<string>(
  (value) => originOf(value) !== undefined,
  'an origin (scheme, host, port and nothing more), such as "http://labpc:3000"',
).transform((value) => originOf(value) ?? value);

function originOf(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/` || url.host.includes("*")) return;
  return url.origin;
}

/** The name of a device. */
export const deviceId = z.custom<string>(isDeviceId, DEVICE_ID_FORM);

/** A name that is part of topics and files: that of a bench among others, of an alarm. */
export const name = z.custom<string>(
  (value) => typeof value === "string" && /^[\w-]{1,64}$/.test(value),
  'a name of 1 to 64 letters, digits, "_" or "-"',
);

/** A device type. The known ones are available only after the drivers are loaded. */
export const driverName = z.custom<string>(isFilled, "the name of a driver (a device type)");

/** A path. It is checked when the folder is opened. */
export const folder = z.custom<string>(isFilled, "the path of a folder");

/** A secret that stands elsewhere, or in the file itself. */
export const secret = z.custom<unknown>((value) => {
  if (typeof value === "string") return value.trim() !== "";
  const [[kind, name] = [], ...more] = Object.entries(Object(value));
  return more.length === 0 && (kind === "env" || kind === "file") && typeof name === "string" && name !== "";
}, "{ env: NAME }, { file: path } or a text");

/** A path of a file. It is checked when the file is opened. */
export const file = z.custom<string>(isFilled, "the path of a file");

/** The certificates of a client of TLS. */
export const tlsSection = section({ ca: file.optional(), cert: file.optional(), key: file.optional() });

/** For `refine`: true if a client has both the certificate and the key, or neither. */
export function hasWholeCertificate({ cert, key }: z.output<typeof tlsSection>): boolean {
  return (cert === undefined) === (key === undefined);
}

/** The issue of a section where {@linkcode hasWholeCertificate} is false. */
export const WHOLE_CERTIFICATE = "a cert with its key, or neither";

/** The name or the path of an interpreter, or the path of an environment. It is checked when it is used. */
export const interpreter = z.custom<string>(
  isFilled,
  'an interpreter of Python or its environment, such as "envs/keithley"',
);

/** A driver file in Python, a class of a package, or all. */
export const driverFile = z.custom<string>(
  (value) => typeof value === "string" && (value === "*" || /^[^/]+\.py$/.test(value) || isPackage(value)),
  'the name of a driver file in Python, such as "keithley.py", or "*"',
);

/** A serial port. It is checked when the port is opened. */
export const serialPort = z.custom<string>(isFilled, 'the path of a serial port, such as "/dev/serial/by-id/usb-…"');

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

/** A switch. */
export const yesOrNo = z.boolean({ error: "true or false" });

/** A number of times. */
export const count = z.custom<number>(
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  "a whole number, 0 or more",
);

/** The largest body: the daemon reads one at a time, at about 10 ms for each MiB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The limit of a request's body, in bytes. */
export const bodyLimit = count.refine(
  (bytes) => bytes >= 1024 && bytes <= MAX_BODY_BYTES,
  `a number of bytes from 1024 to ${MAX_BODY_BYTES}`,
);

/** A duration, converted to milliseconds. */
export const duration = z.custom<string>(isDuration, DURATION_FORM).transform(parseDuration)
  .refine((ms) => ms > 0 && ms <= MAX_DELAY_MS, "a duration longer than zero and no longer than 596h");

/** An age, converted to milliseconds. Unlike a {@linkcode duration}, it may be longer than a timer can wait. */
export const age = z.custom<string>(isDuration, DURATION_FORM).transform(parseDuration)
  .refine((ms) => ms > 0, "a duration longer than zero");

/** A grant of one kind of permission. */
export const grantSchema = z.custom<true | string[]>(
  (value) => value === true || (Array.isArray(value) && value.every(isPermissionEntry)),
  "true or a list of texts, none empty and none with a comma or a control character",
);

/** Values for a driver. The driver's schemas validate them. */
export const driverInput = z.record(z.string(), z.unknown(), { error: "a mapping" }).superRefine((values, context) => {
  for (const path of notFinite(values)) {
    context.addIssue({ code: "custom", path, message: "a finite number, since no other reaches a driver" });
  }
});

function notFinite(value: unknown, path: PropertyKey[] = []): PropertyKey[][] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [path];
  if (typeof value !== "object" || value === null) return [];
  return Array.isArray(value)
    ? value.flatMap((each, index) => notFinite(each, [...path, index]))
    : Object.entries(value).flatMap(([key, each]) => notFinite(each, [...path, key]));
}

/** Paths relative to `folder` made absolute; those that are missing stay missing. */
export function absolutePaths<Key extends string>(
  paths: Partial<Record<Key, string>>,
  folder: string,
): Partial<Record<Key, string>> {
  const given = Object.entries<string | undefined>(paths).filter(([, path]) => path !== undefined);
  return Object.fromEntries(given.map(([key, path]) => [key, resolve(folder, path!)])) as typeof paths;
}

/** An interpreter with its path made absolute: a name that has no slash is looked up in `PATH`. */
export function absoluteInterpreter(interpreter: string, folder: string): string {
  return interpreter.includes("/") ? resolve(folder, interpreter) : interpreter;
}
