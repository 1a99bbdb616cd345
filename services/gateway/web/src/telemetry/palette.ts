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

// The theme is on the document before whoever draws hears of it (shell/theme).
const lines = computed(() => (theme.value, tokens("series")));
const states = computed(() => (theme.value, tokens("state")));

export interface LineStyle {
  color: string;
  // Lines beyond the number of colours are dashed, then begin again.
  dashed: boolean;
}

const NEUTRAL: LineStyle = { color: "currentcolor", dashed: false };

// By the place of a line among those that are shown; undefined: it has not been shown.
export function lineStyle(index: number | undefined): LineStyle {
  if (index === undefined) return NEUTRAL;
  return {
    color: lines.value[index % COLORS]!,
    dashed: Math.floor(index / COLORS) % 2 === 1,
  };
}

export function stateColors(): readonly string[] {
  return states.value;
}
