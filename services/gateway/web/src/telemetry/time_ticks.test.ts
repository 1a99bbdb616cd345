// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { tickLabels, tickStep, timeTicks, type TickWords } from "./time_ticks";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./view";
import { zoneClock } from "./zone_clock";

const berlin = zoneClock("Europe/Berlin");

function iso(ticks: number[]): string[] {
  return ticks.map((tick) => new Date(tick).toISOString().slice(5, 16));
}

describe("tickStep", () => {
  it("is the shortest that does not crowd", () => {
    expect(tickStep(5 * MINUTE_MS, 10)).toEqual({ unit: "ms", count: 30_000 });
    expect(tickStep(HOUR_MS, 10)).toEqual({ unit: "ms", count: 10 * MINUTE_MS });
    expect(tickStep(DAY_MS, 10)).toEqual({ unit: "ms", count: 3 * HOUR_MS });
    expect(tickStep(7 * DAY_MS, 10)).toEqual({ unit: "day", count: 1 });
    expect(tickStep(30 * DAY_MS, 5)).toEqual({ unit: "day", count: 7 });
    expect(tickStep(400 * DAY_MS, 8)).toEqual({ unit: "month", count: 2 });
    expect(tickStep(9000 * DAY_MS, 8)).toEqual({ unit: "year", count: 5 });
    expect(tickStep(100, 10)).toEqual({ unit: "ms", count: 10 });
  });

  it("has an end", () => {
    expect(tickStep(1e15, 1)).toEqual({ unit: "year", count: 20 });
  });
});

describe("timeTicks", () => {
  it("stand at round local times", () => {
    const span = { from: Date.UTC(2026, 5, 1, 0, 7), to: Date.UTC(2026, 5, 1, 12) };
    expect(iso(timeTicks(span, { unit: "ms", count: 3 * HOUR_MS }, berlin))).toEqual([
      "06-01T01:00",
      "06-01T04:00",
      "06-01T07:00",
      "06-01T10:00",
    ]);
  });

  it("stand at round local times of a zone of quarters of an hour", () => {
    const span = { from: Date.UTC(2026, 5, 1), to: Date.UTC(2026, 5, 1, 3) };
    const ticks = timeTicks(span, { unit: "ms", count: HOUR_MS }, zoneClock("Asia/Kathmandu"));
    expect(iso(ticks)).toEqual(["06-01T00:15", "06-01T01:15", "06-01T02:15"]);
  });

  it("go on at round times after the clock was put forward", () => {
    const span = { from: Date.UTC(2026, 2, 28, 23), to: Date.UTC(2026, 2, 29, 10) };
    expect(iso(timeTicks(span, { unit: "ms", count: 3 * HOUR_MS }, berlin))).toEqual([
      "03-28T23:00", // 00:00
      "03-29T01:00", // 03:00, two hours later
      "03-29T04:00",
      "03-29T07:00",
      "03-29T10:00",
    ]);
  });

  it("have the hour that comes twice twice when each hour has one", () => {
    const span = { from: Date.UTC(2026, 9, 24, 23), to: Date.UTC(2026, 9, 25, 3) };
    expect(iso(timeTicks(span, { unit: "ms", count: HOUR_MS }, berlin))).toHaveLength(5);
    expect(iso(timeTicks(span, { unit: "ms", count: 2 * HOUR_MS }, berlin))).toEqual([
      "10-25T00:00", // 02:00 the first time
      "10-25T03:00", // 04:00
    ]);
  });

  it("stand at local midnight, also over a change", () => {
    const span = { from: Date.UTC(2026, 9, 24), to: Date.UTC(2026, 9, 27) };
    expect(iso(timeTicks(span, { unit: "day", count: 1 }, berlin))).toEqual([
      "10-24T22:00",
      "10-25T23:00",
      "10-26T23:00",
    ]);
  });

  it("begin weeks on Monday", () => {
    const span = { from: Date.UTC(2026, 5, 1), to: Date.UTC(2026, 5, 20) };
    const ticks = timeTicks(span, { unit: "day", count: 7 }, zoneClock("UTC"));
    expect(ticks.map((tick) => new Date(tick).getUTCDay())).toEqual([1, 1, 1]);
  });

  it("stand at the first of months and years", () => {
    const span = { from: Date.UTC(2025, 10, 15), to: Date.UTC(2026, 6, 1) };
    expect(iso(timeTicks(span, { unit: "month", count: 3 }, zoneClock("UTC")))).toEqual([
      "01-01T00:00",
      "04-01T00:00",
      "07-01T00:00",
    ]);
    const years = timeTicks(
      { from: 0, to: Date.UTC(1981, 0, 1) },
      { unit: "year", count: 5 },
      zoneClock("UTC"),
    );
    expect(years.map((tick) => new Date(tick).getUTCFullYear())).toEqual([1970, 1975, 1980]);
  });
});

describe("tickLabels", () => {
  const words: TickWords = {
    time: (instant, digits) => `${digits} ${new Date(instant).toISOString().slice(11, 16)}`,
    day: (instant) => new Date(instant).toISOString().slice(5, 10),
    month: (instant) => `month ${new Date(instant).getUTCMonth() + 1}`,
    year: (instant) => `${new Date(instant).getUTCFullYear()}`,
  };

  it("say the day at the first tick and where it changes", () => {
    const ticks = [18, 21, 24, 27].map((hour) => Date.UTC(2026, 0, 1, hour));
    expect(tickLabels(ticks, { unit: "ms", count: 3 * HOUR_MS }, words)).toEqual([
      "minutes 18:00\n01-01",
      "minutes 21:00",
      "minutes 00:00\n01-02",
      "minutes 03:00",
    ]);
  });

  it("are as exact as the step", () => {
    const label = (count: number) => tickLabels([0], { unit: "ms", count }, words)[0];
    expect(label(500)).toMatch(/^milliseconds/);
    expect(label(15_000)).toMatch(/^seconds/);
    expect(label(MINUTE_MS)).toMatch(/^minutes/);
  });

  it("say the year of days and months, and a year alone", () => {
    const january = [Date.UTC(2025, 11, 1), Date.UTC(2026, 0, 1)];
    expect(tickLabels(january, { unit: "month", count: 1 }, words)).toEqual([
      "month 12\n2025",
      "month 1\n2026",
    ]);
    expect(tickLabels(january, { unit: "year", count: 1 }, words)).toEqual(["2025", "2026"]);
  });
});
