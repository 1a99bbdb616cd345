// SPDX-License-Identifier: Apache-2.0
//
// Times as people read them, in the zone they chose. Whoever shows a time comes here.
import { computed, signal } from "@preact/signals";
import type { Timestamp } from "@bufbuild/protobuf/wkt";

const STORAGE_KEY = "millrace.time-zone";

export const browserZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name !== "";
  } catch {
    return false;
  }
}

function chosenZone(): string {
  try {
    const linked = new URLSearchParams(globalThis.location?.search ?? "").get("tz") ?? "";
    if (isZone(linked)) return linked;
    const kept = globalThis.localStorage?.getItem(STORAGE_KEY) ?? "";
    return isZone(kept) ? kept : "";
  } catch {
    return "";
  }
}

// Empty: the browser's. A link with ?tz= says another for the page it opens.
export const zoneChoice = signal(chosenZone());
// As in the tz database: Europe/Berlin.
export const timeZone = computed(() => zoneChoice.value || browserZone);

export function chooseZone(name: string): void {
  zoneChoice.value = isZone(name) ? name : "";
  try {
    if (zoneChoice.value === "") globalThis.localStorage?.removeItem(STORAGE_KEY);
    else globalThis.localStorage?.setItem(STORAGE_KEY, zoneChoice.value);
  } catch {
    // Storage is forbidden: the choice lasts as long as the page.
  }
}

export function allZones(): string[] {
  const zones = Intl.supportedValuesOf("timeZone");
  return zones.includes("UTC") ? zones : ["UTC", ...zones];
}

// Milliseconds since 1970, with a fraction; undefined stays undefined.
export function toMs(time: Timestamp): number;
export function toMs(time: Timestamp | undefined): number | undefined;
export function toMs(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : Number(time.seconds) * 1000 + time.nanos / 1e6;
}

// Of microseconds since 1970, as chunks of points have them.
export function microsToMs(micros: bigint): number {
  return Number(micros) / 1000;
}

type Style = "date" | "time" | "moment" | "exact";

const PARTS: Record<Style, Intl.DateTimeFormatOptions> = {
  date: { year: "numeric", month: "short", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  moment: {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  },
  exact: {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
  },
};

const formats = new Map<string, Intl.DateTimeFormat>();

// Making one costs more than using it a thousand times.
function format(style: Style, zone: string): Intl.DateTimeFormat {
  const key = `${style} ${zone}`;
  let found = formats.get(key);
  if (found === undefined) {
    if (formats.size > 50) formats.clear();
    found = new Intl.DateTimeFormat(locale(), { ...PARTS[style], timeZone: zone });
    formats.set(key, found);
  }
  return found;
}

export function locale(): string {
  return globalThis.navigator?.language ?? "en";
}

// Milliseconds since 1970. All four change when the zone does: they read the signal.
export const formatDate = (ms: number): string => format("date", timeZone.value).format(ms);
export const formatTime = (ms: number): string => format("time", timeZone.value).format(ms);
export const formatMoment = (ms: number): string => format("moment", timeZone.value).format(ms);
// To the millisecond.
export const formatExact = (ms: number): string => format("exact", timeZone.value).format(ms);

const AGES: [limitSeconds: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86_400, "hour", 3600],
  [86_400 * 30, "day", 86_400],
  [86_400 * 365, "month", 86_400 * 30],
  [Infinity, "year", 86_400 * 365],
];

// "3 minutes ago", "in 2 hours".
export function formatAge(ms: number, now: number = Date.now()): string {
  const seconds = (ms - now) / 1000;
  const size = Math.abs(seconds);
  const [, unit, length] = AGES.find(([limit]) => size < limit) ?? AGES[AGES.length - 1]!;
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: size < 1 ? "auto" : "always" });
  return relative.format(Math.trunc(seconds / length), unit);
}
