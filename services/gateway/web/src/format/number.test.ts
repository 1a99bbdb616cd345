// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import {
  formatBytes,
  formatCount,
  formatRate,
  formatValue,
  formatWithUnit,
  perUnit,
} from "./number";

describe("numbers", () => {
  it("of things have no fraction", () => {
    expect(formatCount(2_600_000)).toBe("2,600,000");
    expect(formatCount(10n)).toBe("10");
  });

  it("that were measured have six digits", () => {
    expect(formatValue(23.5)).toBe("23.5");
    expect(formatValue(0.1 + 0.2)).toBe("0.3");
    expect(formatValue(1234567.89)).toBe("1,234,570");
    expect(formatValue(1.5e12)).toBe("1.5E12");
    expect(formatValue(0.0000012)).toBe("1.2E-6");
    expect(formatValue(0)).toBe("0");
    expect(formatValue(Number.NaN)).toBe("NaN");
  });

  it("have their unit behind a narrow space", () => {
    expect(formatWithUnit(21, "°C")).toBe("21\u202f°C");
    expect(formatWithUnit(21, "")).toBe("21");
  });

  it("of bytes are binary", () => {
    expect(formatBytes(512)).toBe("512 B");
    expect(formatBytes(1536)).toBe("1.5 KiB");
    expect(formatBytes(64 * 1024 * 1024)).toBe("64 MiB");
  });
});

describe("perUnit", () => {
  it("takes the first unit that makes it one or more", () => {
    expect(perUnit(3000, 300)).toEqual([10, "s"]);
    expect(perUnit(100, 300)).toEqual([20, "min"]);
    expect(perUnit(1, 300)).toEqual([12, "h"]);
    expect(perUnit(1, 86_400)).toEqual([1, "d"]);
    expect(perUnit(0, 300)).toEqual([0, "s"]);
  });

  it("does not say 59.9 a minute for one a second", () => {
    expect(perUnit(299, 300)[1]).toBe("s");
  });

  it("is written with two digits", () => {
    expect(formatRate(0.3333)).toBe("0.33");
    expect(formatRate(12.34)).toBe("12");
    expect(formatRate(1234.5)).toBe("1,235");
  });
});
