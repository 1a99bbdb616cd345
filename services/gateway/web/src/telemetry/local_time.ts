// SPDX-License-Identifier: Apache-2.0
//
// What stands in a field for date and time, in the zone that the page shows.
import type { ZoneClock } from "./zone_clock";

// 2026-05-01T12:00
export function localText(instant: number, clock: ZoneClock): string {
  return new Date(clock.local(instant)).toISOString().slice(0, 16);
}

// Undefined: not a date and time.
export function localInstant(written: string, clock: ZoneClock): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(written)) return undefined;
  const local = Date.parse(`${written}Z`);
  return Number.isNaN(local) ? undefined : clock.instant(local);
}
