// SPDX-License-Identifier: Apache-2.0
//
// The points behind a chart: pictures as the server made them, and what came in live since. Bounded: a line keeps so many
// points, the oldest of them fall off.

import { gapLength, type PictureStep } from "./gaps";
import type { LineId, LineType } from "./lines";
import { PointColumn } from "./point_column";
import { StateNames } from "./state_bands";
import type { Span } from "./view";

// Four points a pixel of a very wide screen with what lies beside it, and a long live tail.
const LINE_POINTS_MAX = 40_000;
// Live points of all lines kept while a picture is on its way.
const REPLAYED_MAX = 20_000;
// Appended points after which the usual step is looked at again.
const GAP_CHECK_POINTS = 64;

export type PointValue = number | string | boolean;

// A picture of a line, as Query.GetChart gives it; of strings the points themselves.
export interface Picture extends PictureStep {
  times: number[];
  values: PointValue[];
}

export interface StoredLine {
  readonly type: LineType;
  readonly points: PointColumn;
  // Of strings and booleans: what the numbers stand for.
  readonly names: StateNames;
  gapMs: number;
  // 0: every point is there.
  stepMs: number;
  // Live points since the picture.
  tail: number;
}

interface LivePoint {
  key: string;
  time: number;
  value: PointValue;
}

export class LineStore {
  private readonly lines = new Map<string, StoredLine>();
  private replayed: LivePoint[] | undefined;
  // Live points outside are not taken: a picture of last week is not spoilt by what comes in now.
  private accepted: Span = { from: -Infinity, to: Infinity };

  line(key: string): StoredLine | undefined {
    return this.lines.get(key);
  }

  // The longest live tail of all lines.
  get tail(): number {
    let longest = 0;
    for (const { tail } of this.lines.values()) longest = Math.max(longest, tail);
    return longest;
  }

  // Lines that are not named are forgotten, new ones are empty.
  setLines(lines: readonly (LineId & { key: string; type: LineType })[]): void {
    const wanted = new Map(lines.map((line) => [line.key, line.type]));
    for (const [key, { type }] of this.lines) if (wanted.get(key) !== type) this.lines.delete(key);
    for (const [key, type] of wanted)
      if (!this.lines.has(key)) this.lines.set(key, emptyLine(type));
  }

  // From now on live points are also kept aside, for the picture that has been asked for and may not have them.
  expectPictures(): void {
    this.replayed = [];
  }

  // `covered`: of what time the pictures tell; `to` is Infinity where they go on with live points
  takePictures(pictures: ReadonlyMap<string, Picture>, covered: Span): void {
    this.accepted = covered;
    for (const [key, line] of this.lines) {
      const picture = pictures.get(key);
      if (picture === undefined) continue;
      const values = picture.values.map((value) => numeric(line, value));
      line.points.assign(picture.times, values);
      line.stepMs = picture.stepMs;
      line.tail = 0;
      line.gapMs = gapLength(line.points.times, picture);
    }
    const replayed = this.replayed ?? [];
    this.replayed = undefined;
    for (const { key, time, value } of replayed) this.put(key, time, value);
  }

  // A point that has just been stored; true if the picture changes.
  takeLive(key: string, time: number, value: PointValue): boolean {
    if (this.replayed !== undefined && this.replayed.length < REPLAYED_MAX && this.lines.has(key)) {
      this.replayed.push({ key, time, value });
    }
    return this.put(key, time, value);
  }

  // What has slid out of the picture. One point before it stays: a line leads to it, a state begins with it.
  dropBefore(time: number): void {
    for (const { points } of this.lines.values()) {
      const times = points.times;
      let kept = time;
      for (let i = times.length - 1; i >= 0; i -= 1) {
        if (times[i]! > time) continue;
        kept = times[i]!;
        break;
      }
      points.dropBefore(kept);
    }
  }

  private put(key: string, time: number, value: PointValue): boolean {
    const line = this.lines.get(key);
    if (line === undefined || time < this.accepted.from || time > this.accepted.to) return false;
    line.points.put(time, numeric(line, value));
    line.tail += 1;
    if (
      line.stepMs === 0 &&
      (line.points.length < GAP_CHECK_POINTS || line.tail % GAP_CHECK_POINTS === 0)
    ) {
      line.gapMs = gapLength(line.points.times);
    }
    return true;
  }
}

function emptyLine(type: LineType): StoredLine {
  const names = new StateNames();
  if (type === "boolean") for (const name of ["false", "true"]) names.code(name);
  return {
    type,
    points: new PointColumn(LINE_POINTS_MAX),
    names,
    gapMs: Infinity,
    stepMs: 0,
    tail: 0,
  };
}

function numeric(line: StoredLine, value: PointValue): number {
  if (line.type === "string") return line.names.code(String(value));
  return Number(value);
}
