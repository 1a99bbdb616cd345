// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { afterEach, describe, expect, it } from "vitest";

import {
  allZones,
  chooseZone,
  formatAge,
  formatExact,
  formatMoment,
  formatTime,
  isZone,
  microsToMs,
  timeZone,
  toMs,
} from "./time";

afterEach(() => chooseZone(""));

const SUMMER = Date.UTC(2026, 6, 1, 12, 0, 0);

describe("times", () => {
  it("are shown in the chosen zone, with its summer time", () => {
    chooseZone("Europe/Berlin");
    expect(formatTime(SUMMER)).toContain("14:00:00");
    expect(formatTime(Date.UTC(2026, 0, 1, 12))).toContain("13:00:00");
    chooseZone("UTC");
    expect(formatMoment(SUMMER)).toContain("12:00:00");
    // The hour that comes twice: 2026-10-25, 03:00 to 02:00.
    chooseZone("Europe/Berlin");
    expect(formatTime(Date.UTC(2026, 9, 25, 0, 30))).toContain("02:30:00");
    expect(formatTime(Date.UTC(2026, 9, 25, 1, 30))).toContain("02:30:00");
  });

  it("write midnight as 00", () => {
    chooseZone("UTC");
    expect(formatTime(Date.UTC(2026, 0, 1))).toContain("00:00:00");
  });

  it("have milliseconds where asked", () => {
    chooseZone("UTC");
    expect(formatExact(Date.UTC(2026, 0, 1) + 7)).toContain("00:00:00.007");
  });

  it("come out of the messages' types", () => {
    expect(toMs(create(TimestampSchema, { seconds: 2n, nanos: 500_000_000 }))).toBe(2500);
    expect(toMs(undefined)).toBeUndefined();
    expect(microsToMs(1_500_000_250n)).toBe(1_500_000.25);
  });
});

describe("zones", () => {
  it("that do not exist are not chosen", () => {
    chooseZone("Europe/Berlin");
    chooseZone("Mars/Olympus");
    expect(timeZone.value).not.toBe("Mars/Olympus");
    expect(isZone("")).toBe(false);
  });

  it("always include UTC", () => {
    expect(allZones()).toContain("UTC");
    expect(allZones().length).toBeGreaterThan(100);
  });
});

describe("formatAge", () => {
  const now = SUMMER;
  it.each([
    [0, "now"],
    [-1500, "1 second ago"],
    [-59_000, "59 seconds ago"],
    [-61_000, "1 minute ago"],
    [-3 * 3_600_000, "3 hours ago"],
    [-5 * 86_400_000, "5 days ago"],
    [-70 * 86_400_000, "2 months ago"],
    [-800 * 86_400_000, "2 years ago"],
    [2 * 3_600_000, "in 2 hours"],
  ])("%s ms is %s", (offset, said) => {
    expect(formatAge(now + offset, now)).toBe(said);
  });
});
