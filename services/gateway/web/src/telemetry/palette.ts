// SPDX-License-Identifier: Apache-2.0
//
// Colours of lines and states, from the tokens of the style sheet, as values that a canvas understands. They change with the
// theme.
import { computed } from "@preact/signals";

import { theme } from "../shell/theme";

const COLORS = 8;

function tokens(prefix: string): string[] {
  const style = getComputedStyle(document.documentElement);
  return Array.from({ length: COLORS }, (_, i) =>
    style.getPropertyValue(`--${prefix}-${i + 1}`).trim(),
  );
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// The theme is on the document before whoever draws hears of it (shell/theme).
const lines = computed(() => (theme.value, tokens("series")));
const deepLines = computed(() => {
  const text = token("text");
  return lines.value.map((color) => blended(color, text, 0.5));
});
const states = computed(() => (theme.value, tokens("state")));

// `share` of the second colour in the first; both as #rrggbb. What is written otherwise is left as it is.
export function blended(color: string, other: string, share: number): string {
  const parts = (hex: string) => /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex)?.slice(1);
  const [of, into] = [parts(color), parts(other)];
  if (of === undefined || into === undefined) return color;
  const mixed = of.map((part, i) => {
    const value = parseInt(part, 16) * (1 - share) + parseInt(into[i]!, 16) * share;
    return Math.round(value).toString(16).padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}

export interface LineStyle {
  color: string;
  // Lines beyond the number of colours are deeper and, where there is room for it, dashed; then all begins again.
  dashed: boolean;
}

const NEUTRAL: LineStyle = { color: "currentcolor", dashed: false };

// By the place of a line among those that are shown; undefined: it has not been shown.
export function lineStyle(index: number | undefined): LineStyle {
  if (index === undefined) return NEUTRAL;
  const dashed = Math.floor(index / COLORS) % 2 === 1;
  return { color: (dashed ? deepLines : lines).value[index % COLORS]!, dashed };
}

export function stateColors(): readonly string[] {
  return states.value;
}
