// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { blended } from "./palette";

describe("blended", () => {
  it("is between two colours", () => {
    expect(blended("#ff0080", "#000000", 0.5)).toBe("#800040");
    expect(blended("#123456", "#ffffff", 0)).toBe("#123456");
    expect(blended("#123456", "#00ff0a", 1)).toBe("#00ff0a");
  });

  it("leaves alone what it cannot read", () => {
    expect(blended("currentcolor", "#000000", 0.5)).toBe("currentcolor");
    expect(blended("#123456", "", 0.5)).toBe("#123456");
  });
});
