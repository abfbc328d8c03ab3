/** The epoch of an event's id, and the number of the sample after it. */
export function placeOf(id: string): { epoch: string; next: number } {
  return { epoch: id.slice(0, id.indexOf(";")), next: Number(id.slice(id.lastIndexOf(":") + 1)) + 1 };
}
