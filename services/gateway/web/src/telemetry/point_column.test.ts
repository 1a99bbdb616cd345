// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { lowerBound, PointColumn } from "./point_column";

function filled(limit: number, ...points: [number, number][]): PointColumn {
  const column = new PointColumn(limit, 4);
  for (const [time, value] of points) column.put(time, value);
  return column;
}

function pairs(column: PointColumn): [number, number][] {
  return Array.from(column.times, (time, i) => [time, column.values[i]!]);
}

describe("lowerBound", () => {
  it("finds the first time that is not before", () => {
    expect([0, 10, 11, 30, 31].map((time) => lowerBound([10, 20, 30], time))).toEqual([
      0, 0, 1, 2, 3,
    ]);
  });
});

describe("PointColumn", () => {
  it("appends in order of time", () => {
    expect(pairs(filled(10, [1, 10], [2, 20], [3, 30]))).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });

  it("replaces the value of an equal instant", () => {
    expect(pairs(filled(10, [1, 10], [2, 20], [1, 11], [2, 21]))).toEqual([
      [1, 11],
      [2, 21],
    ]);
  });

  it("puts a late point where it belongs", () => {
    expect(filled(10, [1, 1], [4, 4], [2, 2], [3, 3], [0, 0]).times).toEqual(
      new Float64Array([0, 1, 2, 3, 4]),
    );
  });

  it("keeps the newest when it is full", () => {
    const column = new PointColumn(100, 4);
    for (let i = 0; i < 12345; i += 1) column.put(i, -i);
    expect(column.length).toBe(100);
    expect(column.firstTime).toBe(12245);
    expect(column.lastTime).toBe(12344);
    expect(column.lastValue).toBe(-12344);
  });

  it("gives up the oldest for a late point when full, and does not take one older than all", () => {
    const column = filled(3, [1, 1], [2, 2], [4, 4], [3, 3]);
    expect(Array.from(column.times)).toEqual([2, 3, 4]);
    column.put(1, 1);
    expect(Array.from(column.times)).toEqual([2, 3, 4]);
  });

  it("is the same as a sorted map, whatever comes", () => {
    const column = new PointColumn(500, 4);
    const expected = new Map<number, number>();
    let seed = 7;
    for (let i = 0; i < 400; i += 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const time = seed % 300;
      column.put(time, i);
      expected.set(time, i);
    }
    expect(pairs(column)).toEqual([...expected].sort((a, b) => a[0] - b[0]));
  });

  it("drops what is before a time, also everything", () => {
    const column = filled(10, [1, 1], [2, 2], [3, 3]);
    column.dropBefore(2);
    expect(Array.from(column.times)).toEqual([2, 3]);
    column.dropBefore(10);
    expect(column.length).toBe(0);
    expect(column.lastTime).toBeUndefined();
    column.put(11, 1);
    expect(pairs(column)).toEqual([[11, 1]]);
  });

  it("takes another picture whole, the newest of it when it is too long", () => {
    const column = filled(3, [1, 1]);
    column.assign([5, 6, 7, 8], [50, 60, 70, 80]);
    expect(pairs(column)).toEqual([
      [6, 60],
      [7, 70],
      [8, 80],
    ]);
  });

  it("does not allocate while a full column slides", () => {
    const column = new PointColumn(1000);
    for (let i = 0; i < 2000; i += 1) column.put(i, i);
    const buffer = column.times.buffer;
    for (let i = 2000; i < 9000; i += 1) column.put(i, i);
    expect(column.times.buffer).toBe(buffer);
  });
});
