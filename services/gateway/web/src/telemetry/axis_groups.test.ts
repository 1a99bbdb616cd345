// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { groupAxes, type AxisLine } from "./axis_groups";

function line(key: string, unit: string, min?: number, max?: number): AxisLine {
  return { key, unit, range: min === undefined ? undefined : { min, max: max ?? min } };
}

function keys(lines: AxisLine[], ...rest: [("auto" | "one" | "each")?, number?]): string[][] {
  return groupAxes(lines, rest[0] ?? "auto", rest[1]).map((group) => group.keys);
}

describe("groupAxes", () => {
  it("puts one unit on one axis, whatever the size", () => {
    const lines = [line("in", "°C", 20), line("p", "hPa", 1013), line("oven", "°C", 900)];
    expect(groupAxes(lines, "auto")).toEqual([
      { scale: "y0", unit: "°C", keys: ["in", "oven"] },
      { scale: "y1", unit: "hPa", keys: ["p"] },
    ]);
  });

  it("puts what has no unit together by size", () => {
    expect(keys([line("temperature", "", 20, 23), line("humidity", "", 40, 48)])).toEqual([
      ["temperature", "humidity"],
    ]);
    expect(keys([line("temperature", "", 20, 23), line("pressure", "", 990, 1013)])).toEqual([
      ["temperature"],
      ["pressure"],
    ]);
  });

  it("takes negative values by their size", () => {
    expect(keys([line("a", "", -1000, 1), line("b", "", 0, 1)])).toEqual([["a"], ["b"]]);
  });

  it("puts lines without points and zeros with others", () => {
    expect(keys([line("none", ""), line("zero", "", 0), line("big", "", 5e6)])).toEqual([
      ["none", "zero", "big"],
    ]);
    expect(keys([line("none", ""), line("zero", "", 0)])).toEqual([["none", "zero"]]);
  });

  it("can be told", () => {
    const lines = [line("a", "V", 1), line("b", "A", 1000)];
    expect(groupAxes(lines, "one")).toEqual([{ scale: "y0", unit: "", keys: ["a", "b"] }]);
    expect(keys([line("a", "V", 1), line("b", "V", 1)], "each")).toEqual([["a"], ["b"]]);
    expect(groupAxes([], "one")).toEqual([]);
  });

  it("has no more axes than there is room for", () => {
    const lines = ["V", "A", "W", "K", "m", "s"].map((unit) => line(unit, unit, 1));
    expect(keys(lines)).toEqual([["V"], ["A"], ["W"], ["K", "m", "s"]]);
    expect(keys(lines, "each", 2)).toEqual([["V"], ["A", "W", "K", "m", "s"]]);
  });
});
