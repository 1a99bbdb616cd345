// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { toDuration, toTimestamp } from "./instant";

describe("toTimestamp", () => {
  it("is exact to the microsecond", () => {
    expect(toTimestamp(1_700_000_000_123.456)).toMatchObject({
      seconds: 1_700_000_000n,
      nanos: 123_456_000,
    });
    expect(toTimestamp(-1)).toMatchObject({ seconds: -1n, nanos: 999_000_000 });
  });

  it("makes durations, too", () => {
    expect(toDuration(1500)).toEqual({ seconds: 1n, nanos: 500_000_000 });
  });
});
