// SPDX-License-Identifier: Apache-2.0

// How numbers, times and telephone numbers are written. No data is an en dash;
// zero is 0.

export const noData = "–";

// duration writes whole seconds as m:ss under an hour, h:mm:ss after.
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) {
    return noData;
  }
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(whole / 3600);
  const m = Math.floor(whole / 60) % 60;
  const s = whole % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// clockTime writes 14:02, or 14:02:11 with seconds, in the reader's zone.
export function clockTime(t: number | null, seconds = false): string {
  if (t === null) {
    return noData;
  }
  const d = new Date(t);
  const two = (n: number) => String(n).padStart(2, "0");
  const hm = `${two(d.getHours())}:${two(d.getMinutes())}`;
  return seconds ? `${hm}:${two(d.getSeconds())}` : hm;
}

// dayOrTime writes the clock time of today, else the day.
export function dayOrTime(t: number | null, now: number, language: string): string {
  if (t === null) {
    return noData;
  }
  if (new Date(t).toDateString() === new Date(now).toDateString()) {
    return clockTime(t);
  }
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }).format(new Date(t));
}

// percent writes a share of 0..1 as a whole per cent, with the space that the
// language wants.
export function percent(share: number | null | undefined, language: string): string {
  if (share === null || share === undefined || !Number.isFinite(share)) {
    return noData;
  }
  const whole = Math.round(share * 100);
  return language.startsWith("zh") ? `${whole}%` : `${whole}\u00a0%`;
}

const oneDigit = new Set(["1", "7"]);
const twoDigits = new Set(
  (
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 " +
    "81 82 84 86 90 91 92 93 94 95 98"
  ).split(" "),
);

// telephone groups a number for reading: +49 30 1234 5678, 138 0013 8000.
// Anything that is not a telephone number stays as it came.
export function telephone(number: string): string {
  if (!/^\+?\d+$/.test(number)) {
    return number;
  }
  if (!number.startsWith("+")) {
    return /^1[3-9]\d{9}$/.test(number) ? mobile(number) : number.length > 6 ? fours(number) : number;
  }
  const digits = number.slice(1);
  const code = oneDigit.has(digits.slice(0, 1))
    ? digits.slice(0, 1)
    : twoDigits.has(digits.slice(0, 2))
      ? digits.slice(0, 2)
      : digits.slice(0, 3);
  const rest = digits.slice(code.length);
  if (code === "86" && /^1[3-9]\d{9}$/.test(rest)) {
    return `+86 ${mobile(rest)}`;
  }
  if (code === "1" && rest.length === 10) {
    return `+1 ${rest.slice(0, 3)} ${rest.slice(3, 6)} ${rest.slice(6)}`;
  }
  return rest === "" ? number : `+${code} ${fours(rest)}`;
}

function mobile(eleven: string): string {
  return `${eleven.slice(0, 3)} ${eleven.slice(3, 7)} ${eleven.slice(7)}`;
}

// fours groups from the right, so that a short area code stands alone.
function fours(digits: string): string {
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 4) {
    groups.unshift(digits.slice(Math.max(0, end - 4), end));
  }
  if (groups.length > 1 && (groups[0] ?? "").length === 1) {
    groups.splice(0, 2, (groups[0] ?? "") + (groups[1] ?? ""));
  }
  return groups.join(" ");
}
