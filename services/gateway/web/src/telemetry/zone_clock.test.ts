// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { zoneClock } from "./zone_clock";

const HOUR_MS = 3_600_000;
const berlin = zoneClock("Europe/Berlin");

describe("ZoneClock", () => {
  it("knows summer and winter", () => {
    expect(berlin.offset(Date.UTC(2026, 0, 1))).toBe(HOUR_MS);
    expect(berlin.offset(Date.UTC(2026, 6, 1))).toBe(2 * HOUR_MS);
  });

  it("changes on the second, not on the day", () => {
    const change = Date.UTC(2026, 2, 29, 1);
    expect(berlin.offset(change - 1)).toBe(HOUR_MS);
    expect(berlin.offset(change)).toBe(2 * HOUR_MS);
  });

  it("knows zones of quarters of an hour", () => {
    expect(zoneClock("Asia/Kathmandu").offset(Date.UTC(2026, 0, 1))).toBe(5.75 * HOUR_MS);
  });

  it("finds the instant of a local time", () => {
    expect(berlin.instant(Date.UTC(2026, 6, 1, 12))).toBe(Date.UTC(2026, 6, 1, 10));
    expect(zoneClock("America/New_York").instant(Date.UTC(2026, 0, 1))).toBe(
      Date.UTC(2026, 0, 1, 5),
    );
    expect(zoneClock("UTC").instant(5)).toBe(5);
  });

  it("takes the first of two equal local times, and moves a skipped one on", () => {
    expect(berlin.instant(Date.UTC(2026, 9, 25, 2, 30))).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(berlin.instant(Date.UTC(2026, 2, 29, 2, 30))).toBe(Date.UTC(2026, 2, 29, 1, 30));
  });

  it("refuses a zone that nobody knows", () => {
    expect(() => zoneClock("Mars/Olympus")).toThrow(RangeError);
  });
});
