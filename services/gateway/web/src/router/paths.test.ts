// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { paths, safeNext } from "./paths";
import { withParam } from "./query";

describe("paths", () => {
  it("escapes what comes from outside", () => {
    expect(paths.device("a b", "x/y", "connect")).toBe("/applications/a%20b/devices/x%2Fy/connect");
    expect(paths.device("a", "x")).toBe("/applications/a/devices/x");
    expect(paths.rejected("a", "x&y")).toBe("/applications/a/rejected?endpoint=x%26y");
  });

  it("remembers where one wanted to go", () => {
    expect(paths.signIn("/health?x=1&y=2")).toBe("/sign-in?next=%2Fhealth%3Fx%3D1%26y%3D2");
  });
});

describe("safeNext", () => {
  it.each(["/health", "/applications/a/devices?q=x#y"])("goes to %s", (next) => {
    expect(safeNext(next)).toBe(next);
  });

  it.each([
    null,
    "",
    "https://example.org/",
    "//example.org/",
    "/\\example.org",
    "javascript:alert(1)",
    "/a\nb",
    "/sign-in?next=/sign-in",
  ])("does not go to %j", (next) => {
    expect(safeNext(next)).toBe("/applications");
  });
});

describe("withParam", () => {
  it("sets, replaces and removes one and leaves the others", () => {
    expect(withParam("", "a", "1")).toBe("?a=1");
    expect(withParam("?a=1&b=2", "a", "x y")).toBe("?a=x+y&b=2");
    expect(withParam("?a=1&b=2", "a", undefined)).toBe("?b=2");
    expect(withParam("?a=1", "a", "")).toBe("");
  });
});
