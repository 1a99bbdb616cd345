// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { LastValues } from "./last_values";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("LastValues", () => {
  it("keeps the newest, and takes corrections of it", () => {
    const last = new LastValues({ listen: () => () => {} });
    last.take("k", 2, 20);
    last.take("k", 1, 10);
    expect(last.get("k")).toEqual({ time: 2, value: 20 });
    last.take("k", 2, 21);
    last.take("k", 3, "on");
    expect(last.get("k")).toEqual({ time: 3, value: "on" });
    expect(last.get("other")).toBeUndefined();
  });

  it("tells of changes some times a second, however many there are", () => {
    const last = new LastValues({ listen: () => () => {} });
    for (let i = 0; i < 100; i += 1) {
      last.take("k", i, i);
      vi.advanceTimersByTime(10);
    }
    expect(last.round.value).toBeGreaterThanOrEqual(3);
    expect(last.round.value).toBeLessThanOrEqual(4);
    last.close();
  });
});
