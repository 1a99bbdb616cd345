// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { NewestRows } from "./newest_rows";

function written(rows: NewestRows): string[] {
  return rows.list.map(({ time, values }) =>
    [time, ...[...values].map(([key, value]) => `${key}=${value}`)].join(" "),
  );
}

describe("NewestRows", () => {
  it("has the newest first, and values of one instant in one row", () => {
    const rows = new NewestRows(10);
    rows.put("a", 1, 10);
    rows.put("a", 3, 30);
    rows.put("b", 3, "on");
    rows.put("a", 2, 20);
    expect(written(rows)).toEqual(["3 a=30 b=on", "2 a=20", "1 a=10"]);
  });

  it("takes corrections", () => {
    const rows = new NewestRows(10);
    rows.put("a", 1, 10);
    expect(rows.put("a", 1, 11)).toBe(true);
    expect(written(rows)).toEqual(["1 a=11"]);
  });

  it("keeps so many", () => {
    const rows = new NewestRows(2);
    for (const time of [1, 2, 3]) rows.put("a", time, time);
    expect(rows.put("a", 1, 1)).toBe(false);
    expect(written(rows)).toEqual(["3 a=3", "2 a=2"]);
    rows.put("a", 2.5, 9);
    expect(written(rows)).toEqual(["3 a=3", "2.5 a=9"]);
  });
});
