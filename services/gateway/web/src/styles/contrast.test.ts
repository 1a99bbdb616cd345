// SPDX-License-Identifier: Apache-2.0
//
// WCAG AA: words have a contrast of 4.5 with what is behind them, borders of controls and lines of charts 3.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function tokens(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf("\n}", start));
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1]!, found[2]!]),
  );
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

const WORDS: [string, string[]][] = [
  [
    "text",
    [
      "bg",
      "surface",
      "surface-2",
      "surface-hover",
      "accent-soft",
      "ok-soft",
      "warn-soft",
      "danger-soft",
    ],
  ],
  [
    "text-2",
    [
      "bg",
      "surface",
      "surface-2",
      "surface-hover",
      "warn-soft",
      "danger-soft",
      "ok-soft",
      "accent-soft",
    ],
  ],
  ["accent-text", ["bg", "surface", "surface-2", "surface-hover", "accent-soft"]],
  ["on-accent", ["accent", "accent-hover"]],
  ["on-danger", ["danger", "danger-hover"]],
  ["danger", ["surface", "danger-soft"]],
  ["ok", ["ok-soft", "surface"]],
  ["warn", ["warn-soft", "surface"]],
];
const SHAPES: [string, string[]][] = [
  ["border-strong", ["bg", "surface"]],
  ["focus", ["bg", "surface"]],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((number): [string, string[]] => [
    `series-${number}`,
    ["surface"],
  ]),
];

describe.each([
  ["light", tokens(":root")],
  ["dark", tokens(':root[data-theme="dark"]')],
])("%s", (_, colors) => {
  const check = (pairs: [string, string[]][], least: number) =>
    pairs.flatMap(([front, backs]) =>
      backs.flatMap((back) => {
        const found = contrast(colors.get(front)!, colors.get(back)!);
        return found < least ? [`${front} on ${back}: ${found.toFixed(2)}`] : [];
      }),
    );

  it("words can be read", () => expect(check(WORDS, 4.5)).toEqual([]));
  it("shapes can be seen", () => expect(check(SHAPES, 3)).toEqual([]));
});
