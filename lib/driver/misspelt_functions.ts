import type { DeviceFunctions } from "./contract.ts";

const FUNCTIONS = Object.keys(
  {
    connect: true,
    disconnect: true,
    safe: true,
    describeSample: true,
    stream: true,
    startStreaming: true,
    stopStreaming: true,
    isStreaming: true,
    read: true,
  } satisfies Record<keyof DeviceFunctions<unknown, unknown>, true>,
);

/**
 * The functions of a device whose names differ from one of the contract's in a letter, or in case: the host does not call
 * them. A device may have functions of its own, so this is a guess.
 */
export function misspeltFunctions(device: object): { found: string; meant: string }[] {
  const names = new Set<string>();
  for (let it = device; it && it !== Object.prototype; it = Object.getPrototypeOf(it)) {
    for (const name of Object.getOwnPropertyNames(it)) names.add(name);
  }
  return [...names].flatMap((found) => {
    const meant = FUNCTIONS.find((name) => isNearly(found, name));
    const isFunction = () =>
      typeof Object.getOwnPropertyDescriptor(ownerOf(device, found), found)?.value === "function";
    return meant && !names.has(meant) && isFunction() ? [{ found, meant }] : [];
  });
}

function ownerOf(device: object, name: string): object {
  let it = device;
  while (!Object.hasOwn(it, name)) it = Object.getPrototypeOf(it);
  return it;
}

/** True for a name that differs in case or `_`, or in one letter of six and more. */
function isNearly(found: string, name: string): boolean {
  const [a, b] = [found, name].map((it) => it.toLowerCase().replaceAll("_", ""));
  if (a === b) return found !== name;
  return name.length >= 6 && Math.abs(a.length - b.length) <= 1 && isOneEdit(a, b);
}

/** True if one letter is missing, too much or another, or two neighbours have changed places. */
function isOneEdit(a: string, b: string): boolean {
  let i = 0;
  while (a[i] === b[i]) i++;
  const rest = (text: string, skip: number) => text.slice(i + skip);
  return rest(a, 1) === rest(b, 1) || rest(a, 1) === rest(b, 0) || rest(a, 0) === rest(b, 1) ||
    (a[i] === b[i + 1] && a[i + 1] === b[i] && rest(a, 2) === rest(b, 2));
}
