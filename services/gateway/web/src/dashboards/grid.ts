// SPDX-License-Identifier: Apache-2.0
//
// Where widgets are: boxes on a grid twelve columns wide, which never overlap. A box that is moved stays where it is put;
// what is in its way goes down.

export const COLUMNS = 12;
// As the registry takes it.
const ROW_MAX = 9_999;
export const ROWS_MAX = 100;

export interface Box {
  column: number;
  row: number;
  columns: number;
  rows: number;
}

export interface SizeLimit {
  columns: number;
  rows: number;
}

function between(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(value)));
}

// The nearest box that is on the grid.
export function onGrid(box: Box, least: SizeLimit = { columns: 1, rows: 1 }): Box {
  const columns = between(box.columns, Math.min(least.columns, COLUMNS), COLUMNS);
  return {
    columns,
    rows: between(box.rows, least.rows, ROWS_MAX),
    column: between(box.column, 0, COLUMNS - columns),
    row: between(box.row, 0, ROW_MAX),
  };
}

export type Shift = "move" | "resize";

// A smaller widget shows nothing.
const LEAST: SizeLimit = { columns: 2, rows: 2 };

// Moved or resized by so many columns and rows, as far as the grid goes. Resizing leaves the upper left corner where it is.
export function shifted(kind: Shift, box: Box, columns: number, rows: number): Box {
  if (kind === "move") {
    return onGrid({ ...box, column: box.column + columns, row: box.row + rows });
  }
  const widest = COLUMNS - box.column;
  return onGrid(
    { ...box, columns: Math.min(box.columns + columns, widest), rows: box.rows + rows },
    { columns: Math.min(LEAST.columns, widest), rows: LEAST.rows },
  );
}

export function overlap(a: Box, b: Box): boolean {
  return (
    a.column < b.column + b.columns &&
    b.column < a.column + a.columns &&
    a.row < b.row + b.rows &&
    b.row < a.row + a.rows
  );
}

function inReadingOrder(a: Box, b: Box): number {
  return a.row - b.row || a.column - b.column;
}

// All boxes with the one at `index` put to `box`. The others keep their places, or go down as far as needed.
export function withBox(boxes: readonly Box[], index: number, box: Box): Box[] {
  const result = [...boxes];
  result[index] = onGrid(box);
  const settled: Box[] = [result[index]];
  const others = boxes.map((_, i) => i).filter((i) => i !== index);
  others.sort((a, b) => inReadingOrder(boxes[a]!, boxes[b]!));
  for (const i of others) {
    result[i] = settle(boxes[i]!, settled);
    settled.push(result[i]);
  }
  return result;
}

function settle(box: Box, settled: readonly Box[]): Box {
  let placed = box;
  for (;;) {
    const blocking = settled.filter((other) => overlap(placed, other));
    if (blocking.length === 0) return placed;
    placed = { ...placed, row: Math.max(...blocking.map(({ row, rows }) => row + rows)) };
  }
}

// Without overlaps, whoever wrote it: the first in reading order keep their places.
export function withoutOverlaps(boxes: readonly Box[]): Box[] {
  if (boxes.length === 0) return [];
  const cleaned = boxes.map((box) => onGrid(box));
  const first = cleaned.reduce(
    (best, box, i) => (inReadingOrder(box, cleaned[best]!) < 0 ? i : best),
    0,
  );
  return withBox(cleaned, first, cleaned[first]!);
}

// As far up as each can go, so that no rows are empty.
export function withoutGaps(boxes: readonly Box[]): Box[] {
  const result = [...boxes];
  const settled: Box[] = [];
  const order = boxes.map((_, i) => i).sort((a, b) => inReadingOrder(boxes[a]!, boxes[b]!));
  for (const i of order) {
    let box = boxes[i]!;
    while (box.row > 0 && !settled.some((other) => overlap({ ...box, row: box.row - 1 }, other))) {
      box = { ...box, row: box.row - 1 };
    }
    result[i] = box;
    settled.push(box);
  }
  return result;
}

// The first free place for a box of a size: from the top, left to right.
export function freePlace(boxes: readonly Box[], { columns, rows }: SizeLimit): Box {
  const bottom = rowsUsed(boxes);
  for (let row = 0; row <= bottom; row += 1) {
    for (let column = 0; column + columns <= COLUMNS; column += 1) {
      const box = { column, row, columns, rows };
      if (!boxes.some((other) => overlap(box, other))) return box;
    }
  }
  return { column: 0, row: bottom, columns, rows };
}

export function rowsUsed(boxes: readonly Box[]): number {
  return boxes.reduce((most, { row, rows }) => Math.max(most, row + rows), 0);
}

// Indices in the order a screen reader or a narrow screen shows them.
export function readingOrder(boxes: readonly Box[]): number[] {
  return boxes.map((_, i) => i).sort((a, b) => inReadingOrder(boxes[a]!, boxes[b]!));
}
