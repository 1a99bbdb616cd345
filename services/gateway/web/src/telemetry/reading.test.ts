// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { neighbourTime, readingAt } from "./reading";

describe("readingAt", () => {
  const at = (time: number, reach = 100) => readingAt([10, 20, 40], [1, 2, 4], time, reach);

  it("is the nearest point", () => {
    expect(at(14)).toEqual({ time: 10, value: 1 });
    expect(at(16)).toEqual({ time: 20, value: 2 });
    expect(at(99)).toEqual({ time: 40, value: 4 });
  });

  it("is nothing where points are too far", () => {
    expect(at(30, 5)).toBeUndefined();
    expect(readingAt([], [], 1, 100)).toBeUndefined();
  });
});

describe("neighbourTime", () => {
  const lines = [
    [10, 20, 40],
    [15, 20, 30],
  ];

  it("steps through the points of all lines", () => {
    expect(neighbourTime(lines, 10, 1)).toBe(15);
    expect(neighbourTime(lines, 20, 1)).toBe(30);
    expect(neighbourTime(lines, 20, -1)).toBe(15);
  });

  it("ends at the ends", () => {
    expect(neighbourTime(lines, 40, 1)).toBeUndefined();
    expect(neighbourTime(lines, 10, -1)).toBeUndefined();
  });
});
