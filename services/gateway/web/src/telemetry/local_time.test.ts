// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { localInstant, localText } from "./local_time";
import { zoneClock } from "./zone_clock";

const berlin = zoneClock("Europe/Berlin");

describe("a date and time in a field", () => {
  it("is that of the zone", () => {
    expect(localText(Date.UTC(2026, 6, 1, 22, 30), berlin)).toBe("2026-07-02T00:30");
    expect(localInstant("2026-07-02T00:30", berlin)).toBe(Date.UTC(2026, 6, 1, 22, 30));
    expect(localInstant("2026-01-02T00:30:15", berlin)).toBe(Date.UTC(2026, 0, 1, 23, 30, 15));
  });

  it("is nothing where it is none", () => {
    for (const written of ["", "2026-07-02", "tomorrow", "2026-13-45T00:00"]) {
      expect(localInstant(written, berlin)).toBeUndefined();
    }
  });
});
