// SPDX-License-Identifier: Apache-2.0
//
// From points to strokes: interrupted at gaps, no more than four points a column of pixels, dots where points are few or
// alone. Without a canvas: the sink is one, or a test.

import { lowerBound } from "./point_column";
import type { Span } from "./view";

export interface PathSink {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

export interface LineShape {
  times: ArrayLike<number>;
  values: ArrayLike<number>;
  // Neighbours further apart are not joined, milliseconds.
  gapMs: number;
}

type ToPixel = (value: number) => number;

// Indices of the points in the span and one more on each side: [first, last], last < first where there are none.
function visible({ times }: LineShape, span: Span): [number, number] {
  return [
    Math.max(0, lowerBound(times, span.from) - 1),
    Math.min(times.length - 1, lowerBound(times, span.to)),
  ];
}

export function visibleCount(shape: LineShape, span: Span): number {
  const [first, last] = visible(shape, span);
  return Math.max(0, last - first + 1);
}

// Where a line towards a point far outside leaves the picture, one picture's width beyond the edge: canvases lose precision
// with large numbers.
function nearEdge(
  { times, values }: LineShape,
  outside: number,
  inside: number,
  span: Span,
): [number, number] {
  const length = span.to - span.from;
  const time = Math.min(Math.max(times[outside]!, span.from - length), span.to + length);
  const distance = times[inside]! - times[outside]!;
  if (time === times[outside] || distance === 0) return [times[outside]!, values[outside]!];
  const share = (time - times[outside]!) / distance;
  return [time, values[outside]! + share * (values[inside]! - values[outside]!)];
}

// The first or the last point of what is drawn.
function atEnd(
  shape: LineShape,
  i: number,
  first: number,
  last: number,
  span: Span,
): [number, number] {
  if (first === last) return [shape.times[i]!, shape.values[i]!];
  return nearEdge(shape, i, i === first ? i + 1 : i - 1, span);
}

// The line as strokes. Points on one column of pixels come down to the first, the lowest, the highest and the last.
export function traceLine(
  shape: LineShape,
  span: Span,
  toX: ToPixel,
  toY: ToPixel,
  sink: PathSink,
): void {
  const { times, values, gapMs } = shape;
  const [first, last] = visible(shape, span);
  let i = first;
  let previous = -Infinity;
  while (i <= last) {
    const column = Math.round(toX(times[i]!));
    const joined = i > first && times[i]! - previous <= gapMs;
    const begin = i;
    let low = values[i]!;
    let high = low;
    while (
      i + 1 <= last &&
      times[i + 1]! - times[i]! <= gapMs &&
      Math.round(toX(times[i + 1]!)) === column
    ) {
      i += 1;
      const value = values[i]!;
      if (value < low) low = value;
      else if (value > high) high = value;
    }
    const alone = begin === i && i !== first && i !== last;
    const [time, value] =
      alone || begin !== i ? [times[begin]!, values[begin]!] : atEnd(shape, i, first, last, span);
    const x = begin === i ? toX(time) : column;
    if (joined) sink.lineTo(x, toY(value));
    else sink.moveTo(x, toY(value));
    if (i - begin > 1) {
      sink.lineTo(x, toY(low));
      sink.lineTo(x, toY(high));
    }
    if (i > begin) sink.lineTo(x, toY(values[i]!));
    previous = times[i]!;
    i += 1;
  }
}

// Pixels between neighbours from which each point is drawn as a dot.
const DOT_DISTANCE = 12;
// So few are always dots: what a device has just begun to send.
const DOTS_ALWAYS = 12;
// Points drawn as dots at most, whatever the picture is.
const DOTS_MAX = 2000;

// Indices of the points to draw as dots: all where they are few, else those that no line leads to.
export function dotIndices(
  shape: LineShape,
  span: Span,
  widthPixels: number,
  everyPointIsThere: boolean,
): number[] {
  const { times, gapMs } = shape;
  const [first, last] = visible(shape, span);
  const count = last - first + 1;
  if (count <= 0) return [];
  const covered = (times[last]! - times[first]!) / (span.to - span.from);
  const room = Math.max(1, Math.min(1, covered) * widthPixels);
  const few = everyPointIsThere && (count <= DOTS_ALWAYS || (count - 1) * DOT_DISTANCE <= room);
  const dots: number[] = [];
  for (let i = first; i <= last && dots.length < DOTS_MAX; i += 1) {
    const alone =
      (i === 0 || times[i]! - times[i - 1]! > gapMs) &&
      (i === times.length - 1 || times[i + 1]! - times[i]! > gapMs);
    if (few || alone) dots.push(i);
  }
  return dots;
}
