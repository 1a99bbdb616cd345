// SPDX-License-Identifier: Apache-2.0
//
// A chart on the screen: the picture, the state bands below it, and over both what hands and keys do. Draws at most once a
// frame, and only when there is something new: live points, or a window that has slid by a pixel.

import { formatExact, formatTime, timeZone } from "../format/time";
import { formatWithUnit } from "../format/number";
import { text } from "../text/en";
import { groupAxes, type AxisGroup, type AxisMode } from "./axis_groups";
import { BandRows } from "./band_rows";
import type { ChartController } from "./chart_controller";
import { Crosshair } from "./crosshair";
import { attachGestures, type GestureTarget } from "./gestures";
import type { DrawnLine } from "./lines";
import { stateColors } from "./palette";
import { Plot, type Frame } from "./plot";
import { neighbourTime } from "./reading";
import { readLines, type LineReading } from "./readout";
import { tickWords } from "./tick_words";
import { visibleRange } from "./value_range";
import { panned, zoomed, type Span } from "./view";
import { zoneClock } from "./zone_clock";

export interface ChartSetup {
  lines: readonly DrawnLine[];
  axisMode: AxisMode;
}

export interface ChartReactions {
  // A hand has moved to a part of time.
  onSpan(span: Span): void;
  onBack(): void;
  wheelNeedsCtrl: boolean;
  label: string;
}

const FONT = "12px system-ui, sans-serif";
const KEY_PAN = 0.2;
const KEY_ZOOM = 1.4;
const PLOT_LEAST_HEIGHT = 120;

export class ChartView implements GestureTarget {
  private readonly plotHost = element("chart-plot");
  private readonly bands: BandRows;
  private readonly hands = element("chart-hands");
  private readonly crosshair: Crosshair;
  private readonly off: (() => void)[] = [];
  private plot: Plot | undefined;
  private groups: AxisGroup[] = [];
  private setup: ChartSetup = { lines: [], axisMode: "auto" };
  private frameRequest = 0;
  private slideTimer: ReturnType<typeof setTimeout> | undefined;
  private size = { width: 0, height: 0 };
  private readTime: number | undefined;

  constructor(
    private readonly host: HTMLElement,
    private readonly controller: ChartController,
    private readonly reactions: ChartReactions,
  ) {
    this.bands = new BandRows(controller.store, FONT);
    this.hands.tabIndex = 0;
    this.hands.setAttribute("role", "group");
    this.hands.setAttribute("aria-label", reactions.label);
    this.hands.setAttribute("aria-description", text.telemetry.chartKeys);
    this.crosshair = new Crosshair(host, this.hands);
    host.append(this.plotHost, this.bands.host, this.hands);
    this.off.push(attachGestures(this.hands, this, { wheelNeedsCtrl: reactions.wheelNeedsCtrl }));
    this.hands.addEventListener("keydown", (event) => this.key(event));
    this.hands.addEventListener("blur", () => this.read(undefined));
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(host);
    this.off.push(() => observer.disconnect());
    this.resize();
  }

  // Lines, axes or colours are others now: begins a new picture.
  show(setup: ChartSetup): void {
    this.setup = setup;
    this.bands.show(setup.lines);
    this.makePlot();
  }

  // A new picture has come: its values may want other axes.
  regroup(): void {
    const groups = this.wantedGroups();
    if (JSON.stringify(groups) !== JSON.stringify(this.groups)) this.makePlot();
    else this.requestDraw();
  }

  requestDraw(): void {
    if (this.frameRequest === 0) this.frameRequest = requestAnimationFrame(() => this.draw());
  }

  close(): void {
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.slideTimer);
    for (const end of this.off) end();
    this.plot?.destroy();
    this.host.replaceChildren();
  }

  // GestureTarget

  span(): Span {
    return this.controller.span;
  }

  now(): number {
    return this.controller.now();
  }

  mark(places: [number, number] | undefined): void {
    this.crosshair.mark(places);
  }

  back(): void {
    this.reactions.onBack();
  }

  read(place: number | undefined): void {
    const { from, to } = this.controller.span;
    this.readTime =
      place === undefined ? undefined : from + (to - from) * Math.min(1, Math.max(0, place));
    this.requestDraw();
  }

  showSpan(span: Span): void {
    this.reactions.onSpan(span);
    this.requestDraw();
  }

  private wantedGroups(): AxisGroup[] {
    const { store, span } = this.controller;
    const lines = this.setup.lines.filter(({ type }) => type === "number");
    return groupAxes(
      lines.map(({ key, unit }) => {
        const points = store.line(key)?.points;
        return { key, unit, range: points && visibleRange(points.times, points.values, span) };
      }),
      this.setup.axisMode,
    );
  }

  private makePlot(): void {
    this.plot?.destroy();
    this.groups = this.wantedGroups();
    const style = getComputedStyle(this.host);
    this.plot = new Plot(this.plotHost, {
      lines: this.setup.lines.filter(({ type }) => type === "number"),
      groups: this.groups,
      store: this.controller.store,
      look: {
        text: style.getPropertyValue("--chart-text").trim(),
        grid: style.getPropertyValue("--chart-grid").trim(),
        font: FONT,
      },
      clock: zoneClock(timeZone.value),
      words: tickWords(timeZone.value),
      size: this.plotSize(),
    });
    this.requestDraw();
  }

  private plotSize(): { width: number; height: number } {
    const bands = this.bands.host.offsetHeight;
    return {
      width: Math.max(1, this.size.width),
      height: Math.max(PLOT_LEAST_HEIGHT, this.size.height - bands),
    };
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width === 0 || (width === this.size.width && height === this.size.height)) return;
    // Which axes there is room for is decided when the plot is made.
    const narrowness = (size: number) => size < 480;
    const remake = this.plot !== undefined && narrowness(width) !== narrowness(this.size.width);
    this.size = { width, height };
    if (remake) this.makePlot();
    const wanted = this.plotSize();
    this.plot?.resize(wanted.width, wanted.height);
    this.requestDraw();
  }

  private draw(): void {
    this.frameRequest = 0;
    if (this.plot === undefined || this.size.width === 0) return;
    this.controller.slide();
    const span = this.controller.span;
    this.plot.draw(span);
    const { frame } = this.plot;
    this.controller.setWidth(frame.width);
    this.placeHands(frame);
    this.bands.draw(frame, span, this.now());
    this.drawReadings(span, frame);
    this.slideLater(span, frame);
  }

  // The next picture is due when the window has moved by a pixel of the screen.
  private slideLater(span: Span, frame: Frame): void {
    clearTimeout(this.slideTimer);
    if (this.controller.timeRange.kind !== "last") return;
    const pixelMs =
      (span.to - span.from) / Math.max(1, frame.width * (globalThis.devicePixelRatio || 1));
    this.slideTimer = setTimeout(() => this.requestDraw(), Math.min(Math.max(pixelMs, 16), 2000));
  }

  private placeHands(frame: Frame): void {
    const { style } = this.hands;
    style.left = `${frame.left}px`;
    style.top = `${frame.top}px`;
    style.width = `${frame.width}px`;
    style.height = `${this.size.height - frame.top}px`;
    this.crosshair.frame = frame;
  }

  private drawReadings(span: Span, frame: Frame): void {
    const time = this.readTime;
    if (time === undefined || time < span.from || time > span.to) {
      this.crosshair.hide();
      return;
    }
    const readings = readLines(
      this.setup.lines,
      this.controller.store,
      time,
      span,
      frame.width,
      this.now(),
    );
    this.crosshair.show({
      place: (time - span.from) / (span.to - span.from),
      time: formatExact(time),
      rows: readings.map((reading) => ({
        color: colorOf(reading),
        label: reading.line.label,
        value: valueText(reading),
        dot: this.dot(reading, span, frame),
      })),
    });
  }

  private dot(
    { line, value, time }: LineReading,
    span: Span,
    frame: Frame,
  ): { x: number; y: number } | undefined {
    if (time === undefined || typeof value !== "number") return undefined;
    const x = ((time - span.from) / (span.to - span.from)) * frame.width;
    const y = this.plot?.place(line.key, value);
    return y === undefined || x < 0 || x > frame.width ? undefined : { x, y };
  }

  private key(event: KeyboardEvent): void {
    const direction = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : undefined;
    const now = this.now();
    if (direction !== undefined && event.shiftKey)
      this.showSpan(panned(this.span(), KEY_PAN * direction, now));
    else if (direction !== undefined) this.step(direction);
    else if (event.key === "+" || event.key === "=")
      this.showSpan(zoomed(this.span(), 0.5, 1 / KEY_ZOOM, now));
    else if (event.key === "-") this.showSpan(zoomed(this.span(), 0.5, KEY_ZOOM, now));
    else if (event.key === "Escape" && this.readTime !== undefined) this.read(undefined);
    else if (event.key === "Backspace") this.back();
    else return;
    event.preventDefault();
  }

  // To the next point of any line; says aloud what is there.
  private step(direction: 1 | -1): void {
    const span = this.span();
    const lines = this.setup.lines.map(
      ({ key }) => this.controller.store.line(key)?.points.times ?? [],
    );
    const start = this.readTime ?? (direction === 1 ? span.from : span.to);
    const time = neighbourTime(lines, start, direction);
    if (time === undefined || time < span.from || time > span.to) return;
    this.readTime = time;
    this.requestDraw();
    const readings = readLines(
      this.setup.lines,
      this.controller.store,
      time,
      span,
      this.size.width,
      this.now(),
    );
    const said = readings.map((reading) => `${reading.line.label} ${valueText(reading)}`);
    this.crosshair.say([formatTime(time), ...said].join(", "));
  }
}

function colorOf({ line, state }: LineReading): string {
  const colors = stateColors();
  return state === undefined ? line.color : colors[state % colors.length]!;
}

function valueText({ line, value, stale }: LineReading): string {
  if (typeof value === "number") return formatWithUnit(value, line.unit);
  return stale ? text.telemetry.lastKnown(value) : value;
}

function element(className: string): HTMLElement {
  const made = document.createElement("div");
  made.className = className;
  return made;
}
