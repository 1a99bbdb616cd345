// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";

import { visibleRange } from "./visible_range";

const screen = { height: 800, rowHeight: 40, count: 10_000 };

it.each([
  ["below the head", 100, { first: 0, last: 18 }],
  ["scrolled by half a row", -20, { first: 0, last: 21 }],
  ["in the middle", -200_000, { first: 5000, last: 5020 }],
  ["at the end", -(10_000 * 40 - 800), { first: 9980, last: 10_000 }],
  ["scrolled past", -500_000, { first: 10_000, last: 10_000 }],
  ["not yet on the screen", 900, { first: 0, last: 0 }],
])("%s", (_, top, range) => {
  expect(visibleRange({ top, ...screen })).toEqual(range);
});

it("has no rows of an empty table", () => {
  expect(visibleRange({ top: 100, height: 800, rowHeight: 40, count: 0 })).toEqual({
    first: 0,
    last: 0,
  });
});
