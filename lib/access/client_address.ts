import { BlockList, isIP } from "node:net";

/** A function that is true for an address of a list of addresses and networks. */
export function addressList(entries: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  const kindOf = (address: string) => isIP(address) === 6 ? "ipv6" : "ipv4";
  for (const entry of entries) {
    const [address, bits] = entry.split("/");
    if (bits === undefined) list.addAddress(address, kindOf(address));
    else list.addSubnet(address, Number(bits), kindOf(address));
  }
  return (address) => {
    const plain = address === undefined ? "" : plainAddress(address);
    return isIP(plain) !== 0 && list.check(plain, kindOf(plain));
  };
}

/** The client of an address: one of IPv6 has a network of 64 bits for itself. */
export function clientOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [before, after = ""] = plain.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const zeros = 8 - groups(before).length - groups(after).length;
  return [...groups(before), ...Array(Math.max(0, zeros)).fill("0"), ...groups(after)].slice(0, 4).join(":");
}

/** An address of IPv4 as such, also where a socket of IPv6 writes it. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}
