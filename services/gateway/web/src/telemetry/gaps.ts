// SPDX-License-Identifier: Apache-2.0
//
// Where a line is interrupted: two points further apart than is usual for it. A device that sends every second has a gap
// after some seconds of silence, one that sends every hour only after some hours.

// How many usual steps of silence make a gap.
const GAP_STEPS = 5;
// Lines that come irregularly: so many times the step that nine of ten are shorter than.
const GAP_IRREGULAR_STEPS = 2.5;
// The newest steps that are looked at.
const STEPS_LOOKED_AT = 1000;

// What a picture of a line tells beside its points.
export interface PictureStep {
  // Length of the parts that a picture was thinned by, milliseconds; 0: every point is there.
  stepMs: number;
  // Points that the picture stands for.
  points: number;
}

// Distance in milliseconds from which two neighbours are not joined. Infinity: too few points to say what is usual.
//
// A thinned picture has up to four points a part, at uneven distances; its usual step is told by how many points it stands
// for. A silence shorter than a part cannot be seen in it.
export function gapLength(
  times: ArrayLike<number>,
  picture: PictureStep = { stepMs: 0, points: 0 },
): number {
  const count = times.length;
  if (count < 3) return Infinity;
  if (picture.stepMs > 0) {
    const mean = (times[count - 1]! - times[0]!) / Math.max(1, picture.points - 1);
    return Math.max(GAP_STEPS * mean, 1.01 * picture.stepMs);
  }
  const steps: number[] = [];
  for (let i = Math.max(1, count - STEPS_LOOKED_AT); i < count; i += 1)
    steps.push(times[i]! - times[i - 1]!);
  steps.sort((a, b) => a - b);
  const median = steps[Math.floor((steps.length - 1) / 2)]!;
  const ninth = steps[Math.floor((steps.length - 1) * 0.9)]!;
  return Math.max(GAP_STEPS * median, GAP_IRREGULAR_STEPS * ninth);
}
