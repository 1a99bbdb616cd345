// SPDX-License-Identifier: Apache-2.0
//
// Where the time axis has its ticks and what stands there: round times of the clock on the wall of the chosen zone, also on
// days of 23 or 25 hours.

import { DAY_MS, HOUR_MS, MINUTE_MS, type Span } from "./view";
import type { ZoneClock } from "./zone_clock";

type Unit = "ms" | "day" | "month" | "year";

export interface TickStep {
  unit: Unit;
  count: number;
}

const QUARTER_MS = 15 * MINUTE_MS;
const MONTH_MS = 30.4 * DAY_MS;
const YEAR_MS = 365.25 * DAY_MS;
const UNIT_MS: Record<Unit, number> = { ms: 1, day: DAY_MS, month: MONTH_MS, year: YEAR_MS };

const STEPS: readonly TickStep[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => ({ unit: "ms" as const, count })),
  ...[1, 2, 5, 10, 15, 30].map((count) => ({ unit: "ms" as const, count: count * 1000 })),
  ...[1, 2, 5, 10, 15, 30].map((count) => ({ unit: "ms" as const, count: count * MINUTE_MS })),
  ...[1, 2, 3, 6, 12].map((count) => ({ unit: "ms" as const, count: count * HOUR_MS })),
  ...[1, 2, 7, 14].map((count) => ({ unit: "day" as const, count })),
  ...[1, 2, 3, 6].map((count) => ({ unit: "month" as const, count })),
  ...[1, 2, 5, 10, 20].map((count) => ({ unit: "year" as const, count })),
];

// The shortest step with no more than `most` ticks in so many milliseconds.
export function tickStep(lengthMs: number, most: number): TickStep {
  const wanted = lengthMs / Math.max(1, most);
  return (
    STEPS.find(({ unit, count }) => UNIT_MS[unit] * count >= wanted) ?? STEPS[STEPS.length - 1]!
  );
}

export function timeTicks(span: Span, step: TickStep, clock: ZoneClock): number[] {
  switch (step.unit) {
    case "ms":
      return clockTicks(span, step.count, clock);
    case "day":
      return dayTicks(span, step.count, clock);
    case "month":
      return monthTicks(span, step.count, clock);
    case "year":
      return monthTicks(span, step.count * 12, clock);
  }
}

function clockTicks(span: Span, stepMs: number, clock: ZoneClock): number[] {
  const ticks: number[] = [];
  const stride = Math.min(stepMs, QUARTER_MS);
  for (
    let instant = Math.ceil(span.from / stride) * stride;
    instant <= span.to;
    instant += stride
  ) {
    if (stepMs > stride && clock.local(instant) % stepMs !== 0) continue;
    // An hour that comes twice has one tick, unless ticks are not longer apart than that.
    const previous = ticks[ticks.length - 1];
    if (previous === undefined || instant - previous > stepMs / 2) ticks.push(instant);
  }
  return ticks;
}

// Days are counted from 1970-01-05, a Monday.
function dayTicks(span: Span, days: number, clock: ZoneClock): number[] {
  const monday = 4 * DAY_MS;
  const step = days * DAY_MS;
  const ticks: number[] = [];
  for (
    let local = Math.floor((clock.local(span.from) - monday) / step) * step + monday;
    ;
    local += step
  ) {
    const instant = clock.instant(local);
    if (instant > span.to) return ticks;
    if (instant >= span.from) ticks.push(instant);
  }
}

function monthTicks(span: Span, months: number, clock: ZoneClock): number[] {
  const begin = new Date(clock.local(span.from));
  const count = begin.getUTCFullYear() * 12 + begin.getUTCMonth();
  const ticks: number[] = [];
  for (let month = Math.floor(count / months) * months; ; month += months) {
    const instant = clock.instant(Date.UTC(Math.floor(month / 12), month % 12));
    if (instant > span.to) return ticks;
    if (instant >= span.from) ticks.push(instant);
  }
}

// How a tick is written, by the page's formatting; each takes an instant.
export interface TickWords {
  // 14:05; with seconds; with milliseconds
  time(instant: number, digits: "minutes" | "seconds" | "milliseconds"): string;
  // 27 Nov
  day(instant: number): string;
  // Nov
  month(instant: number): string;
  year(instant: number): string;
}

// One or two lines a tick: what changes from tick to tick, and below it, at the first tick and wherever it changes, what the
// line above belongs to.
export function tickLabels(ticks: readonly number[], step: TickStep, words: TickWords): string[] {
  const write = (instant: number): [string, string] => {
    switch (step.unit) {
      case "ms": {
        const digits =
          step.count < 1000 ? "milliseconds" : step.count < MINUTE_MS ? "seconds" : "minutes";
        return [words.time(instant, digits), words.day(instant)];
      }
      case "day":
        return [words.day(instant), words.year(instant)];
      case "month":
        return [words.month(instant), words.year(instant)];
      case "year":
        return [words.year(instant), ""];
    }
  };
  let above = "";
  return ticks.map((instant) => {
    const [own, outer] = write(instant);
    if (outer === above || outer === "") return own;
    above = outer;
    return `${own}\n${outer}`;
  });
}
