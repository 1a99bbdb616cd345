// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { barePath, readPath, writtenPath } from "./path";

describe("readPath", () => {
  it.each([
    ["a", ["a"]],
    ["a.b", ["a", "b"]],
    ["$.a.b", ["a", "b"]],
    ["a[0].b", ["a", 0, "b"]],
    ["a[0][12]", ["a", 0, 12]],
    ["with blank.ä", ["with blank", "ä"]],
    ["a.$", ["a", "$"]],
    [`a[${999_999}]`, ["a", 999_999]],
  ])("takes %s", (text, steps) => {
    expect(readPath(text)).toEqual({ steps });
  });

  it.each([
    ["", "empty", 0],
    ["$", "rootNamed", 0],
    ["$.", "nameMissing", 2],
    [".a", "nameMissing", 0],
    ["a.", "nameMissing", 2],
    ["a..b", "nameMissing", 2],
    ["[0]", "nameMissing", 0],
    ["a[", "bracketOpen", 1],
    ["a[x]", "index", 2],
    ["a[]", "index", 2],
    ["a[1000000]", "index", 2],
    ["a]b", "separator", 1],
    ["a[0]b", "separator", 4],
    ["a\tb", "control", 0],
    ["ä".repeat(129), "tooLong", 256],
    [Array(33).fill("a").join("."), "tooManySteps", 63],
  ])("refuses %j: %s", (text, kind, at) => {
    expect(readPath(text)).toEqual({ fault: { kind, at } });
  });
});

describe("writtenPath", () => {
  it("writes what it can read back", () => {
    expect(writtenPath(["location", "points", 3, "lat"])).toBe("location.points[3].lat");
  });
  it.each([[["a.b"]], [["a[0]"]], [["$"]], [[""]], [[0]]])("has no words for %j", (steps) => {
    expect(writtenPath(steps)).toBeUndefined();
  });
});

describe("barePath", () => {
  it("drops the dollar, and leaves what is no path alone", () => {
    expect(barePath("$.a[1].b")).toBe("a[1].b");
    expect(barePath("a..b")).toBe("a..b");
  });
});
