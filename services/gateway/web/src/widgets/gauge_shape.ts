// SPDX-License-Identifier: Apache-2.0
//
// A gauge as SVG: an arc open at the bottom, its colours by thresholds, round numbers around it.

export interface ThresholdColor {
  value: number;
  color: string;
}

export interface Scale {
  minimum: number;
  maximum: number;
}

// Degrees clockwise from the top.
const FIRST_ANGLE = -120;
const LAST_ANGLE = 120;

// As in the registry: both 0 is 0 to 100; a scale that is none becomes one.
export function scaleOf({ minimum, maximum }: Scale): Scale {
  if (minimum === 0 && maximum === 0) return { minimum: 0, maximum: 100 };
  return maximum > minimum ? { minimum, maximum } : { minimum, maximum: minimum + 1 };
}

// 0 to 1; what is outside the scale is at its end.
export function share(value: number, { minimum, maximum }: Scale): number {
  return Math.min(1, Math.max(0, (value - minimum) / (maximum - minimum)));
}

// A threshold's colour is that of values up to and with it; above the last none is said.
export function thresholdColor(
  value: number,
  thresholds: readonly ThresholdColor[],
): string | undefined {
  return thresholds.find((threshold) => value <= threshold.value)?.color;
}

export interface Band {
  from: number;
  to: number;
  // Undefined: above the last threshold.
  color: string | undefined;
}

// The coloured parts of the arc, each from and to 0…1.
export function bands(scale: Scale, thresholds: readonly ThresholdColor[]): Band[] {
  const result: Band[] = [];
  let from = 0;
  for (const { value, color } of thresholds) {
    const to = share(value, scale);
    if (to > from) result.push({ from, to, color });
    from = Math.max(from, to);
  }
  if (from < 1) result.push({ from, to: 1, color: undefined });
  return result;
}

export interface Place {
  x: number;
  y: number;
}

// A place on the arc around 0,0.
export function placeAt(part: number, radius: number): Place {
  const angle = ((FIRST_ANGLE + part * (LAST_ANGLE - FIRST_ANGLE)) * Math.PI) / 180;
  return { x: radius * Math.sin(angle), y: -radius * Math.cos(angle) };
}

// The `d` of an arc between two parts.
export function arcPath(from: number, to: number, radius: number): string {
  const begin = placeAt(from, radius);
  const end = placeAt(to, radius);
  const large = (to - from) * (LAST_ANGLE - FIRST_ANGLE) > 180 ? 1 : 0;
  const number = (value: number) => value.toFixed(2);
  return `M${number(begin.x)} ${number(begin.y)}A${radius} ${radius} 0 ${large} 1 ${number(end.x)} ${number(end.y)}`;
}

// Four to seven round numbers on the scale.
export function ticks({ minimum, maximum }: Scale): number[] {
  const rough = (maximum - minimum) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.99)!;
  const result: number[] = [];
  for (let i = Math.ceil(minimum / step - 1e-9); i * step <= maximum + step * 1e-9; i += 1) {
    // 3 * 0.1 is not 0.3.
    result.push(Number((i * step).toPrecision(12)));
  }
  return result;
}
