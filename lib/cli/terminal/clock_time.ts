/** A time of this machine's clock, with the date unless it is today. */
export function clockTime(timestamp: string | number, now = new Date()): string {
  const moment = new Date(timestamp);
  const time = moment.toTimeString().slice(0, 8);
  if (moment.toDateString() === now.toDateString()) return time;
  const day = [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()];
  return `${day.map((part) => String(part).padStart(2, "0")).join("-")} ${time}`;
}
