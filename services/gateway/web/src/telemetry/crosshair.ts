// SPDX-License-Identifier: Apache-2.0
//
// What lies over a chart: the line at the instant that is read, a dot on each line there, the box with values, and the part
// being marked. Elements are kept and moved, not made anew at each step of the mouse.

import type { Frame } from "./plot";

export interface CrosshairRow {
  color: string;
  label: string;
  value: string;
  // CSS pixels from the frame's corner.
  dot: { x: number; y: number } | undefined;
}

export interface CrosshairReading {
  // 0: left edge, 1: right.
  place: number;
  time: string;
  rows: CrosshairRow[];
}

// Rows that a box on a small screen has room for.
const ROWS_MAX = 14;
const BOX_DISTANCE = 12;

export class Crosshair {
  frame: Frame = { left: 0, top: 0, width: 0, height: 0 };
  private readonly line = part("chart-cross");
  private readonly marked = part("chart-mark");
  private readonly box = part("chart-box");
  private readonly spoken = part("sr-only");
  private readonly dots: HTMLElement[] = [];

  // `host`: the chart; `over`: the element that is as large as the frame
  constructor(
    host: HTMLElement,
    private readonly over: HTMLElement,
  ) {
    this.spoken.setAttribute("aria-live", "polite");
    this.box.setAttribute("aria-hidden", "true");
    over.append(this.marked, this.line, this.box);
    host.append(this.spoken);
    this.hide();
    this.mark(undefined);
  }

  hide(): void {
    this.line.hidden = this.box.hidden = true;
    for (const dot of this.dots) dot.hidden = true;
  }

  show({ place, time, rows }: CrosshairReading): void {
    const x = place * this.frame.width;
    this.line.hidden = this.box.hidden = false;
    this.line.style.transform = `translateX(${x}px)`;
    this.fillBox(time, rows);
    const left = place > 0.5 ? x - BOX_DISTANCE - this.box.offsetWidth : x + BOX_DISTANCE;
    const furthest = this.frame.width - this.box.offsetWidth;
    this.box.style.transform = `translateX(${Math.max(-this.frame.left, Math.min(left, Math.max(0, furthest)))}px)`;
    const places = rows.flatMap(({ dot, color }) => (dot === undefined ? [] : [{ ...dot, color }]));
    while (this.dots.length < places.length) {
      const dot = part("chart-dot");
      this.dots.push(dot);
      this.over.append(dot);
    }
    this.dots.forEach((dot, i) => {
      const at = places[i];
      dot.hidden = at === undefined;
      if (at === undefined) return;
      dot.style.transform = `translate(${at.x}px, ${at.y}px)`;
      dot.style.backgroundColor = at.color;
    });
  }

  mark(places: [number, number] | undefined): void {
    this.marked.hidden = places === undefined;
    if (places === undefined) return;
    const [from, to] = [Math.min(...places), Math.max(...places)].map((place) =>
      Math.min(1, Math.max(0, place)),
    );
    this.marked.style.left = `${from! * 100}%`;
    this.marked.style.width = `${(to! - from!) * 100}%`;
  }

  say(words: string): void {
    this.spoken.textContent = words;
  }

  private fillBox(time: string, rows: CrosshairRow[]): void {
    const title = part("chart-box-time");
    title.textContent = time;
    const shown = rows.slice(0, ROWS_MAX).map(({ color, label, value }) => {
      const row = part("chart-box-row");
      const sample = part("chart-sample");
      sample.style.backgroundColor = color;
      const name = part("chart-box-name");
      name.textContent = label;
      const said = part("chart-box-value");
      said.textContent = value;
      row.append(sample, name, said);
      return row;
    });
    this.box.replaceChildren(title, ...shown);
  }
}

function part(className: string): HTMLElement {
  const made = document.createElement("div");
  made.className = className;
  return made;
}
