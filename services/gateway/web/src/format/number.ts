// SPDX-License-Identifier: Apache-2.0
//
// Numbers as people read them.
import { locale } from "./time";

const formats = new Map<string, Intl.NumberFormat>();

function format(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat(locale(), options);
    formats.set(key, found);
  }
  return found;
}

// 12,345
export function formatCount(value: number | bigint): string {
  return format("count", { maximumFractionDigits: 0 }).format(value);
}

// A measured value: six significant digits, exponents where the number is very large or small.
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) {
    return format("exponent", { notation: "scientific", maximumSignificantDigits: 6 }).format(
      value,
    );
  }
  return format("value", { maximumSignificantDigits: 6 }).format(value);
}

export function formatWithUnit(value: number, unit: string): string {
  return unit === "" ? formatValue(value) : `${formatValue(value)}\u202f${unit}`;
}

const RATES: [perSeconds: number, unit: "s" | "min" | "h" | "d"][] = [
  [1, "s"],
  [60, "min"],
  [3600, "h"],
  [86_400, "d"],
];

// So many events in so many seconds, in the first unit that makes it 1 or more: [2.5, "min"]. None: [0, "s"].
export function perUnit(events: number, seconds: number): [number, "s" | "min" | "h" | "d"] {
  if (events <= 0 || seconds <= 0) return [0, "s"];
  const perSecond = events / seconds;
  const [length, unit] =
    RATES.find(([size]) => perSecond * size >= 0.95) ?? RATES[RATES.length - 1]!;
  return [perSecond * length, unit];
}

// Two digits are enough for a rate.
export function formatRate(value: number): string {
  return format(
    value >= 100 ? "rate" : "small rate",
    value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 2 },
  ).format(value);
}

// 1.2 MiB
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : size < 10 ? 1 : 0;
  return `${format(`bytes${digits}`, { maximumFractionDigits: digits }).format(size)} ${units[unit]}`;
}
