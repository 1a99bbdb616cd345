// SPDX-License-Identifier: Apache-2.0
//
// The bands below a chart, one a string or boolean, as broad as the picture above them.
import { drawBand } from "./band_canvas";
import type { LineStore } from "./line_store";
import type { DrawnLine } from "./lines";
import { stateColors } from "./palette";
import type { Frame } from "./plot";
import type { Span } from "./view";

const HEIGHT = 20;

interface Row {
  line: DrawnLine;
  element: HTMLElement;
  canvas: HTMLCanvasElement;
}

export class BandRows {
  readonly host = made("div", "chart-bands");
  private rows: Row[] = [];

  constructor(
    private readonly store: LineStore,
    private readonly font: string,
  ) {}

  show(lines: readonly DrawnLine[]): void {
    this.rows = lines
      .filter(({ type }) => type !== "number")
      .map((line) => {
        const element = made("div", "chart-band");
        const name = made("span", "chart-band-name");
        name.textContent = line.label;
        const canvas = document.createElement("canvas");
        canvas.height = HEIGHT;
        canvas.setAttribute("aria-hidden", "true");
        element.append(name, canvas);
        return { line, element, canvas };
      });
    this.host.replaceChildren(...this.rows.map(({ element }) => element));
  }

  draw(frame: Frame, span: Span, now: number): void {
    if (this.rows.length === 0) return;
    const style = getComputedStyle(this.host);
    const look = {
      colors: stateColors(),
      text: style.getPropertyValue("--chart-band-text").trim(),
      mixed: style.getPropertyValue("--chart-band-mixed").trim(),
      font: this.font,
    };
    for (const { line, element, canvas } of this.rows) {
      element.style.marginLeft = `${frame.left}px`;
      element.style.width = canvas.style.width = `${frame.width}px`;
      const stored = this.store.line(line.key);
      const size = { width: frame.width, height: HEIGHT };
      if (stored !== undefined) drawBand(canvas, stored, span, now, size, look);
    }
  }
}

function made(name: "div" | "span", className: string): HTMLElement {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
