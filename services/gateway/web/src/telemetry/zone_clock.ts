// SPDX-License-Identifier: Apache-2.0
//
// What a clock on the wall of a time zone shows: the offset from UTC at an instant and the instant of a local time, from
// the browser's own tables. Asking those costs microseconds, so answers are kept: one for a day without a change.

import { DAY_MS } from "./view";

// Every change of every zone since 1970 is at a whole quarter of an hour.
const QUARTER_MS = 15 * 60_000;
const ANSWERS_KEPT = 20_000;

export class ZoneClock {
  private readonly format: Intl.DateTimeFormat;
  private readonly answers = new Map<number, number>();

  // `zone`: as in the tz database; throws RangeError where the browser does not know it
  constructor(readonly zone: string) {
    this.format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  // Milliseconds that local time is ahead of UTC.
  offset(instant: number): number {
    const day = Math.floor(instant / DAY_MS) * DAY_MS;
    const morning = this.exact(day);
    if (morning === this.exact(day + DAY_MS)) return morning;
    return this.exact(Math.floor(instant / QUARTER_MS) * QUARTER_MS);
  }

  // Local time as if it were UTC.
  local(instant: number): number {
    return instant + this.offset(instant);
  }

  // The instant when the clock shows `local`: of two the first; where the clock skips it, as long after the change.
  instant(local: number): number {
    const before = local - this.offset(local - DAY_MS);
    const after = local - this.offset(local + DAY_MS);
    const candidates = before < after ? [before, after] : [after, before];
    for (const candidate of candidates) if (this.local(candidate) === local) return candidate;
    return before;
  }

  private exact(instant: number): number {
    const known = this.answers.get(instant);
    if (known !== undefined) return known;
    const parts: Record<string, number> = {};
    for (const { type, value } of this.format.formatToParts(instant)) parts[type] = Number(value);
    const shown = Date.UTC(
      parts["year"]!,
      parts["month"]! - 1,
      parts["day"]!,
      parts["hour"]!,
      parts["minute"]!,
      parts["second"]!,
    );
    const offset = shown - Math.floor(instant / 1000) * 1000;
    if (this.answers.size >= ANSWERS_KEPT) this.answers.clear();
    this.answers.set(instant, offset);
    return offset;
  }
}

const clocks = new Map<string, ZoneClock>();

// One clock a zone; there are some 600 zones.
export function zoneClock(zone: string): ZoneClock {
  let clock = clocks.get(zone);
  if (clock === undefined) clocks.set(zone, (clock = new ZoneClock(zone)));
  return clock;
}
