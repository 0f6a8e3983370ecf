// Numbers and times as people read them.

/** Trials of a Thomas test that make a result, as `record` says it. */
export const FEWEST_TRIALS = 2;

/** Write seconds as on a stopwatch: 1:02.5, or 3:01:02.5. */
export function clock(seconds, digits = 1) {
  const unit = 10 ** digits;
  const whole = Math.round(Math.max(0, seconds) * unit);
  const rest = ((whole % (60 * unit)) / unit).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  const minutes = Math.floor(whole / (60 * unit));
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** Read what `clock` writes, and plain seconds; NaN for anything else. */
export function readClock(text) {
  const parts = text.trim().replace(",", ".").split(":");
  if (parts.length > 3 || !parts.every((part, i) => (i < parts.length - 1 ? /^\d+$/ : /^\d+(\.\d*)?$/).test(part))) {
    return NaN;
  }
  return parts.reduce((total, part) => total * 60 + Number(part), 0);
}

/** Write a duration: 22 s, 1 min 28 s, 2 h 5 min. */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export const seconds = (value) => `${value.toFixed(1)} s`;
export const degrees = (value) => `${Math.round(value) || 0}°`.replace("-", "−");
export const signed = (value) => (Math.round(value) > 0 ? "+" : "") + degrees(value);
export const counted = (number, noun, many = `${noun}s`) => `${number} ${number === 1 ? noun : many}`;
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const formats = new Map(); // to make one takes longer than to use it

/** Write a local date such as 2026-03-05 by the parts that are asked for. */
export function date(local, parts = { weekday: "long", day: "numeric", month: "long", year: "numeric" }) {
  const key = JSON.stringify(parts);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" }));
  return formats.get(key).format(new Date(`${local.slice(0, 10)}T00:00Z`));
}

export function median(values) {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = ordered.length >> 1;
  return ordered.length % 2 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}
