// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import {
  freePlace,
  onGrid,
  overlap,
  readingOrder,
  rowsUsed,
  shifted,
  withBox,
  withoutGaps,
  withoutOverlaps,
  type Box,
} from "./grid";

// column,row columns x rows
function box(words: string): Box {
  const [column, row, columns, rows] = words.split(/[ ,x]+/).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { column, row, columns, rows };
}

function words(boxes: readonly Box[]): string[] {
  return boxes.map(({ column, row, columns, rows }) => `${column},${row} ${columns}x${rows}`);
}

function free(boxes: readonly Box[]): boolean {
  return boxes.every((a, i) => boxes.every((b, j) => i === j || !overlap(a, b)));
}

describe("onGrid", () => {
  it("is the nearest box that fits", () => {
    expect(
      words([onGrid(box("-3,-1 4x2")), onGrid(box("10,2 4x3")), onGrid(box("0,0 20x0"))]),
    ).toEqual(["0,0 4x2", "8,2 4x3", "0,0 12x1"]);
    expect(words([onGrid(box("0,0 1x1"), { columns: 2, rows: 3 })])).toEqual(["0,0 2x3"]);
  });
});

describe("shifted", () => {
  it("moves as far as the grid goes", () => {
    const at = box("3,2 4x3");
    expect(words([shifted("move", at, 2, -1), shifted("move", at, 20, -9)])).toEqual([
      "5,1 4x3",
      "8,0 4x3",
    ]);
  });

  it("resizes from the lower right corner, and not to nothing", () => {
    const at = box("3,2 4x3");
    expect(words([shifted("resize", at, 20, 2), shifted("resize", at, -9, -9)])).toEqual([
      "3,2 9x5",
      "3,2 2x2",
    ]);
    expect(words([shifted("resize", box("11,0 1x2"), -1, 0)])).toEqual(["11,0 1x2"]);
  });
});

describe("withBox", () => {
  const boxes = [box("0,0 6x4"), box("6,0 6x4"), box("0,4 12x3")];

  it("pushes down what is in the way, and what that is in the way of", () => {
    expect(words(withBox(boxes, 1, box("3,0 6x4")))).toEqual(["0,4 6x4", "3,0 6x4", "0,8 12x3"]);
  });

  it("leaves alone what is not", () => {
    expect(words(withBox(boxes, 1, box("6,7 6x4")))).toEqual(["0,0 6x4", "6,7 6x4", "0,4 12x3"]);
  });

  it("grows a box the same way", () => {
    expect(words(withBox(boxes, 0, box("0,0 6x6")))).toEqual(["0,0 6x6", "6,0 6x4", "0,6 12x3"]);
  });

  it("never leaves two on one place", () => {
    let layout = [...boxes, box("0,7 3x3"), box("3,7 4x2"), box("7,7 5x5")];
    let seed = 11;
    const next = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    for (let i = 0; i < 300; i += 1) {
      layout = withBox(layout, next(layout.length), {
        column: next(14) - 1,
        row: next(20) - 1,
        columns: 1 + next(12),
        rows: 1 + next(6),
      });
      expect(free(layout)).toBe(true);
    }
  });
});

describe("withoutOverlaps", () => {
  it("mends what a file has", () => {
    expect(words(withoutOverlaps([box("0,2 6x2"), box("0,0 6x3"), box("3,1 20x1")]))).toEqual([
      "0,4 6x2",
      "0,0 6x3",
      "0,3 12x1",
    ]);
    expect(withoutOverlaps([])).toEqual([]);
  });
});

describe("withoutGaps", () => {
  it("moves up what has room above", () => {
    expect(words(withoutGaps([box("0,3 6x2"), box("6,0 6x2"), box("0,9 12x1")]))).toEqual([
      "0,0 6x2",
      "6,0 6x2",
      "0,2 12x1",
    ]);
  });
});

describe("freePlace", () => {
  it("is the first hole that is large enough, else below", () => {
    const boxes = [box("0,0 6x4"), box("9,0 3x2")];
    expect(words([freePlace(boxes, { columns: 3, rows: 2 })])).toEqual(["6,0 3x2"]);
    expect(words([freePlace(boxes, { columns: 6, rows: 2 })])).toEqual(["6,2 6x2"]);
    expect(words([freePlace(boxes, { columns: 12, rows: 2 })])).toEqual(["0,4 12x2"]);
    expect(words([freePlace([], { columns: 4, rows: 3 })])).toEqual(["0,0 4x3"]);
  });
});

describe("the order of reading", () => {
  it("goes by rows, then columns", () => {
    expect(readingOrder([box("6,0 1x1"), box("0,5 1x1"), box("0,0 1x1")])).toEqual([2, 0, 1]);
    expect(rowsUsed([box("0,3 1x2"), box("0,0 1x1")])).toBe(5);
  });
});
