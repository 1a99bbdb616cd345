// SPDX-License-Identifier: Apache-2.0
//
// Draws the band of one string or boolean: blocks of colour with the state's name where it fits.

import { segments, type StateSegment } from "./state_bands";
import type { StoredLine } from "./line_store";
import type { Span } from "./view";

export interface BandLook {
  // By state; what has more states uses them again.
  colors: readonly string[];
  text: string;
  font: string;
  // Where several states cannot be told apart.
  mixed: string;
}

const TEXT_MARGIN = 6;

export function bandSegments(
  line: StoredLine,
  span: Span,
  now: number,
  width: number,
): StateSegment[] {
  const { points, gapMs } = line;
  return segments(
    points.times,
    points.values,
    gapMs,
    span,
    now,
    (span.to - span.from) / Math.max(1, width),
  );
}

export function drawBand(
  canvas: HTMLCanvasElement,
  line: StoredLine,
  span: Span,
  now: number,
  size: { width: number; height: number },
  look: BandLook,
): void {
  const ratio = globalThis.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(size.width * ratio));
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  context.font = look.font;
  context.textBaseline = "middle";
  const toX = (time: number) => ((time - span.from) / (span.to - span.from)) * size.width;
  for (const segment of bandSegments(line, span, now, size.width)) {
    const left = toX(segment.from);
    const right = toX(segment.to);
    const name = segment.mixed ? "" : line.names.name(segment.state);
    drawSegment(context, segment, name, left, Math.max(1, right - left), size.height, look);
  }
}

function drawSegment(
  context: CanvasRenderingContext2D,
  segment: StateSegment,
  name: string,
  left: number,
  width: number,
  height: number,
  look: BandLook,
): void {
  context.fillStyle = segment.mixed ? look.mixed : look.colors[segment.state % look.colors.length]!;
  context.globalAlpha = segment.stale ? 0.3 : 1;
  // A hair between neighbours of one colour by chance.
  context.fillRect(left, 0, Math.max(1, width - (width > 4 ? 1 : 0)), height);
  context.globalAlpha = 1;
  const room = width - 2 * TEXT_MARGIN;
  if (name === "" || room < 12) return;
  const shown = fitted(context, name, room);
  if (shown === "") return;
  context.fillStyle = look.text;
  context.fillText(shown, left + TEXT_MARGIN, height / 2 + 0.5);
}

// As much of the name as there is room for; nothing rather than two letters.
function fitted(context: CanvasRenderingContext2D, name: string, room: number): string {
  const short = name.slice(0, 80);
  if (context.measureText(short).width <= room) return short;
  const letters = Math.floor((room / context.measureText(short).width) * short.length) - 1;
  return letters < 3 ? "" : `${short.slice(0, letters)}…`;
}
