// SPDX-License-Identifier: Apache-2.0
//
// Where something was: points with both coordinates, in order of time, bounded. And how they become lines on a map.

export interface TrackPoint {
  time: number;
  latitude: number;
  longitude: number;
}

// What a map draws well; of more the server gives the last of each part of time.
export const TRACK_POINTS_MAX = 5000;

export function isPlace(latitude: unknown, longitude: unknown): boolean {
  return (
    typeof latitude === "number" &&
    typeof longitude === "number" &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180
  );
}

// With the point in its place by time; one of an equal instant is replaced. The oldest go when there are too many.
export function withPoint(track: readonly TrackPoint[], point: TrackPoint): TrackPoint[] {
  let at = track.length;
  while (at > 0 && track[at - 1]!.time >= point.time) at -= 1;
  const replaced = track[at]?.time === point.time ? 1 : 0;
  const result = [...track.slice(0, at), point, ...track.slice(at + replaced)];
  return result.length > TRACK_POINTS_MAX ? result.slice(-TRACK_POINTS_MAX) : result;
}

type LatLng = [latitude: number, longitude: number];

// Interrupted at silences; where it crosses 180° it goes on beyond, so that no line runs around the world.
export function trackLines(track: readonly TrackPoint[], gapMs: number): LatLng[][] {
  const lines: LatLng[][] = [];
  let turn = 0;
  track.forEach((point, i) => {
    const previous = track[i - 1];
    if (previous !== undefined) {
      const step = point.longitude - previous.longitude;
      if (step > 180) turn -= 360;
      else if (step < -180) turn += 360;
    }
    const place: LatLng = [point.latitude, point.longitude + turn];
    if (previous === undefined || point.time - previous.time > gapMs) lines.push([place]);
    else lines[lines.length - 1]!.push(place);
  });
  return lines;
}

// The distance between lines of the grid, degrees, such that there are three to eight of them.
export function gridStep(spanDegrees: number): number {
  const steps = [45, 30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
  return steps.find((step) => spanDegrees / step >= 3) ?? 0.0005;
}

// Those within two ends, at most `most`.
export function gridValues(from: number, to: number, step: number, most = 40): number[] {
  const values: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to && values.length < most; i += 1) {
    values.push(Number((i * step).toFixed(6)));
  }
  return values;
}

// 53.55° N
export function degreesText(value: number, kind: "latitude" | "longitude"): string {
  const wrapped = kind === "longitude" ? ((((value + 180) % 360) + 360) % 360) - 180 : value;
  const size = Number(Math.abs(wrapped).toFixed(4));
  if (size === 0 || size === 180) return `${size}°`;
  const letter = kind === "latitude" ? (wrapped > 0 ? "N" : "S") : wrapped > 0 ? "E" : "W";
  return `${size}°\u202f${letter}`;
}
