// SPDX-License-Identifier: Apache-2.0

// Rows from `first` to before `last`.
export interface Range {
  first: number;
  last: number;
}

interface Place {
  // Of the first row, from the top edge of the screen, in pixels; negative when it is scrolled out.
  top: number;
  height: number;
  rowHeight: number;
  count: number;
}

// The rows of which any part is on the screen.
export function visibleRange({ top, height, rowHeight, count }: Place): Range {
  const first = Math.min(count, Math.max(0, Math.floor(-top / rowHeight)));
  const last = Math.min(count, Math.max(first, Math.ceil((height - top) / rowHeight)));
  return { first, last };
}
