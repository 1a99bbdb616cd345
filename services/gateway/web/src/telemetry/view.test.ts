// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  clampSpan,
  DAY_MS,
  HOUR_MS,
  panned,
  pinched,
  rangeFromQuery,
  rangeToQuery,
  selected,
  SPAN_MAX_MS,
  SPAN_MIN_MS,
  spanOf,
  zoomed,
} from "./view";

const NOW = Date.UTC(2026, 5, 1);
const HOUR = { from: NOW - HOUR_MS, to: NOW };

describe("spanOf", () => {
  it("slides with the clock, or stays", () => {
    expect(spanOf({ kind: "last", ms: HOUR_MS }, NOW)).toEqual(HOUR);
    expect(spanOf({ kind: "fixed", from: 5, to: 9 }, NOW)).toEqual({ from: 5, to: 9 });
  });
});

describe("zoomed", () => {
  it("keeps the instant under the pointer", () => {
    const nearer = zoomed(HOUR, 0.25, 0.5, NOW);
    expect(nearer.from + (nearer.to - nearer.from) * 0.25).toBe(HOUR.from + HOUR_MS * 0.25);
    expect(nearer.to - nearer.from).toBe(HOUR_MS / 2);
  });

  it("goes no nearer than the shortest span and no further than the longest", () => {
    const nearest = zoomed(HOUR, 0.5, 1e-12, NOW);
    expect(nearest.to - nearest.from).toBeCloseTo(SPAN_MIN_MS, 3);
    const furthest = zoomed(HOUR, 0.5, 1e12, NOW);
    expect(furthest.to - furthest.from).toBe(SPAN_MAX_MS);
  });
});

describe("panned", () => {
  it("moves by a part of the picture", () => {
    expect(panned(HOUR, -0.5, NOW)).toEqual({
      from: HOUR.from - HOUR_MS / 2,
      to: HOUR.to - HOUR_MS / 2,
    });
  });

  it("stops a day ahead of now, and at 1970", () => {
    expect(panned(HOUR, 1e6, NOW).to).toBe(NOW + DAY_MS);
    expect(panned(HOUR, -1e9, NOW)).toEqual({ from: 0, to: HOUR_MS });
  });
});

describe("pinched", () => {
  it("keeps what is under the fingers under them", () => {
    const nearer = pinched(HOUR, [0.4, 0.6], [0.2, 0.8], NOW);
    expect(nearer.to - nearer.from).toBeCloseTo(HOUR_MS / 3, 3);
    expect(nearer.from + (nearer.to - nearer.from) * 0.2).toBeCloseTo(HOUR.from + HOUR_MS * 0.4, 3);
  });

  it("is a shift where the fingers stay as far apart", () => {
    expect(pinched(HOUR, [0.2, 0.4], [0.7, 0.9], NOW)).toEqual(panned(HOUR, -0.5, NOW));
  });

  it("bears fingers at one place", () => {
    const wider = pinched(HOUR, [0.2, 0.8], [0.5, 0.5], NOW);
    expect(wider.to - wider.from).toBeCloseTo(HOUR_MS * 30, 3);
  });
});

describe("selected", () => {
  it("takes the ends in any order", () => {
    const part = selected(HOUR, 0.75, 0.25, NOW);
    expect(part).toEqual({ from: HOUR.from + HOUR_MS / 4, to: HOUR.to - HOUR_MS / 4 });
  });
});

describe("clampSpan", () => {
  it("leaves alone what can be shown", () => {
    expect(clampSpan(HOUR, NOW)).toEqual(HOUR);
  });
});

describe("the range in the address", () => {
  const there = (text: string) => rangeFromQuery(new URLSearchParams(text));
  const back = (text: string) => {
    const query = new URLSearchParams("series=a&range=5m&from=x");
    rangeToQuery(there(text)!, query);
    return decodeURIComponent(query.toString());
  };

  it("is a preset or two instants", () => {
    expect(there("range=6h")).toEqual({ kind: "last", ms: 6 * HOUR_MS });
    expect(there("from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z")).toEqual({
      kind: "fixed",
      from: Date.UTC(2026, 4, 1),
      to: Date.UTC(2026, 4, 2),
    });
  });

  it("is nothing where it cannot be read", () => {
    for (const text of [
      "",
      "range=2h",
      "from=a&to=b",
      "from=2026-05-02&to=2026-05-01",
      "from=2026-05-02",
    ])
      expect(there(text)).toBeUndefined();
  });

  it("goes there and back, and leaves the rest of the address", () => {
    expect(back("range=1M")).toBe("series=a&range=1M");
    expect(back("from=2026-05-01T00:00:00.000Z&to=2026-05-02T00:00:00.000Z")).toBe(
      "series=a&from=2026-05-01T00:00:00.000Z&to=2026-05-02T00:00:00.000Z",
    );
  });
});
