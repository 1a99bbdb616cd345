// SPDX-License-Identifier: Apache-2.0
//
// The picture of the lines: uPlot draws axes and grid, the strokes are ours (line_path.ts), since each line has its own times
// and its own idea of a gap. A Plot is for one set of lines and axes; another set is another Plot.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatValue } from "../format/number";
import type { AxisGroup } from "./axis_groups";
import { dotIndices, traceLine, visibleCount, type LineShape } from "./line_path";
import type { DrawnLine } from "./lines";
import type { LineStore } from "./line_store";
import { tickLabels, tickStep, timeTicks, type TickWords } from "./time_ticks";
import { steadyRange, union, visibleRange, type ValueRange } from "./value_range";
import type { Span } from "./view";
import type { ZoneClock } from "./zone_clock";

// Of the page, as the canvas needs them.
export interface PlotLook {
  text: string;
  grid: string;
  font: string;
}

export interface PlotOptions {
  lines: readonly DrawnLine[];
  groups: readonly AxisGroup[];
  store: LineStore;
  look: PlotLook;
  clock: ZoneClock;
  words: TickWords;
  size: { width: number; height: number };
}

// The part of the element that has the picture, without the axes; CSS pixels from the element's corner.
export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

const TICK_DISTANCE = 70;
const X_AXIS_HEIGHT = 42;
const DIGIT_WIDTH = 6.8;
// A narrow screen has room for so many value axes.
const NARROW = 480;
const AXES_NARROW = 2;
const NO_POINTS: LineShape = {
  times: new Float64Array(0),
  values: new Float64Array(0),
  gapMs: Infinity,
};
const EMPTY_RANGE: ValueRange = { min: 0, max: 1 };
// Where there are only state bands: an axis that is not seen.
const NO_LINES: AxisGroup = { scale: "y0", unit: "", keys: [] };
const LINE_WIDTH = 1.5;
const DASH = [6, 4];
// Corners of all lines together up to which they are drawn so wide.
const CORNERS_NICE = 1500;

export class Plot {
  private readonly chart: uPlot;
  private readonly ranges = new Map<string, ValueRange>();
  private span: Span = { from: 0, to: 1 };
  private fine = false;

  constructor(
    host: HTMLElement,
    private readonly options: PlotOptions,
  ) {
    this.chart = new uPlot(this.uPlotOptions(), this.views(), host);
  }

  get frame(): Frame {
    const ratio = uPlot.pxRatio;
    const { left, top, width, height } = this.chart.bbox;
    return { left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio };
  }

  resize(width: number, height: number): void {
    this.chart.setSize({ width, height });
  }

  draw(span: Span): void {
    this.span = span;
    this.fine = this.isMuch();
    this.fitValues(span);
    this.chart.batch(() => {
      this.chart.setData(this.views(), false);
      for (const [scale, { min, max }] of this.ranges) this.chart.setScale(scale, { min, max });
      this.chart.setScale("x", { min: span.from, max: span.to });
    });
  }

  // Where a value of a line is, CSS pixels from the frame's top.
  place(key: string, value: number): number | undefined {
    const group = this.options.groups.find(({ keys }) => keys.includes(key));
    return group === undefined ? undefined : this.chart.valToPos(value, group.scale);
  }

  destroy(): void {
    this.chart.destroy();
  }

  private shape(line: DrawnLine): LineShape {
    const stored = this.options.store.line(line.key);
    if (stored === undefined) return NO_POINTS;
    return { times: stored.points.times, values: stored.points.values, gapMs: stored.gapMs };
  }

  // A browser without a graphics card strokes a line of one device pixel some fifty times faster than one of one and a half
  // (measured: 8 lines of 2,700 corners, 2 ms and 109 ms). What has few corners can be drawn as is nicest.
  private isMuch(): boolean {
    const most = 4 * this.chart.bbox.width;
    let corners = 0;
    for (const line of this.options.lines) {
      corners += Math.min(most, visibleCount(this.shape(line), this.span));
    }
    return corners > CORNERS_NICE;
  }

  private fitValues(span: Span): void {
    for (const { scale, keys } of this.options.groups) {
      let points: ValueRange | undefined;
      for (const line of this.options.lines) {
        if (!keys.includes(line.key)) continue;
        const { times, values } = this.shape(line);
        points = union(points, visibleRange(times, values, span));
      }
      if (points !== undefined) this.ranges.set(scale, steadyRange(this.ranges.get(scale), points));
      else if (!this.ranges.has(scale)) this.ranges.set(scale, EMPTY_RANGE);
    }
  }

  // Views of the columns: nothing is copied.
  private views(): uPlot.AlignedData {
    const views = this.options.lines.map((line) => {
      const { times, values } = this.shape(line);
      return [times, values];
    });
    if (views.length === 0) views.push([NO_POINTS.times, NO_POINTS.values]);
    return [null, ...views] as unknown as uPlot.AlignedData;
  }

  private uPlotOptions(): uPlot.Options {
    const { lines, groups, size } = this.options;
    const scales: uPlot.Scales = {
      x: { time: false, auto: false, range: () => [this.span.from, this.span.to] },
    };
    for (const { scale } of groups.length > 0 ? groups : [NO_LINES]) {
      scales[scale] = {
        auto: false,
        range: () => {
          const { min, max } = this.ranges.get(scale) ?? EMPTY_RANGE;
          return [min, max];
        },
      };
    }
    return {
      ...size,
      mode: 2,
      scales,
      axes: [
        this.timeAxis(),
        ...groups.map((group, i) => this.valueAxis(group, i)),
        ...(groups.length > 0 ? [] : [{ scale: NO_LINES.scale, show: false }]),
      ],
      series: [{}, ...(lines.length > 0 ? lines.map((line) => this.series(line)) : [noSeries()])],
      legend: { show: false },
      cursor: { show: false },
      padding: [10, groups.length > 1 ? 0 : 22, 0, groups.length > 0 ? 0 : 22],
    };
  }

  private timeAxis(): uPlot.Axis {
    const { look, clock, words } = this.options;
    const step = (u: uPlot) =>
      tickStep(this.span.to - this.span.from, u.bbox.width / uPlot.pxRatio / TICK_DISTANCE);
    return {
      scale: "x",
      font: look.font,
      stroke: look.text,
      size: X_AXIS_HEIGHT,
      gap: 6,
      grid: { stroke: look.grid, width: 1 },
      ticks: { stroke: look.grid, width: 1, size: 5 },
      splits: (u) => timeTicks(this.span, step(u), clock),
      values: (u, splits) => tickLabels(splits, step(u), words),
    };
  }

  private valueAxis({ scale, unit, keys }: AxisGroup, index: number): uPlot.Axis {
    const { look, lines, groups, size } = this.options;
    const only =
      groups.length > 1 && keys.length === 1 ? lines.find(({ key }) => key === keys[0]) : undefined;
    return {
      scale,
      show: size.width >= NARROW || index < AXES_NARROW,
      side: index % 2 === 0 ? 3 : 1,
      font: look.font,
      labelFont: look.font,
      stroke: only?.color ?? look.text,
      label: unit === "" ? undefined : unit,
      labelSize: unit === "" ? 0 : 18,
      gap: 6,
      grid: { show: index === 0, stroke: look.grid, width: 1 },
      ticks: { show: false },
      space: 34,
      size: (_u, values) =>
        14 + DIGIT_WIDTH * Math.max(3, ...(values ?? []).map((value) => value?.length ?? 0)),
      values: (_u, splits) => splits.map(formatValue),
    };
  }

  private series(line: DrawnLine): uPlot.Series {
    const scale = this.options.groups.find(({ keys }) => keys.includes(line.key))!.scale;
    return {
      stroke: line.color,
      width: LINE_WIDTH,
      facets: [
        { scale: "x", auto: false, sorted: 1 },
        { scale, auto: false },
      ],
      auto: false,
      paths: (u) => this.strokes(u, line, scale),
      points: {
        show: () => true,
        fill: line.color,
        width: 0,
        size: 5,
        paths: (u) => this.dots(u, line, scale),
      },
    } as uPlot.Series;
  }

  private strokes(u: uPlot, line: DrawnLine, scale: string): uPlot.Series.Paths {
    const own = u.series[1 + this.options.lines.indexOf(line)]!;
    const thin = new Path2D();
    traceLine(this.shape(line), this.span, ...this.toCanvas(u, scale), thin);
    // Of a noisy line dashes leave only a cloud.
    own.dash = line.dashed && !this.fine ? DASH : undefined;
    own.width = this.fine ? 1 / uPlot.pxRatio : LINE_WIDTH;
    if (!this.fine || uPlot.pxRatio < 1.5) return { stroke: thin };
    // Where pixels are small, one would be too thin.
    const stroke = new Path2D(thin);
    for (let i = 1; i < uPlot.pxRatio; i += 1)
      stroke.addPath(thin, new DOMMatrix([1, 0, 0, 1, 0, i]));
    return { stroke };
  }

  private dots(u: uPlot, line: DrawnLine, scale: string): uPlot.Series.Paths {
    const shape = this.shape(line);
    const [toX, toY] = this.toCanvas(u, scale);
    const complete = this.options.store.line(line.key)?.stepMs === 0;
    const fill = new Path2D();
    const radius = 2.5 * uPlot.pxRatio;
    for (const i of dotIndices(shape, this.span, u.bbox.width / uPlot.pxRatio, complete)) {
      const x = toX(shape.times[i]!);
      const y = toY(shape.values[i]!);
      fill.moveTo(x + radius, y);
      fill.arc(x, y, radius, 0, Math.PI * 2);
    }
    return { fill };
  }

  private toCanvas(u: uPlot, scale: string): [(time: number) => number, (value: number) => number] {
    const { left, top, width, height } = u.bbox;
    const { from, to } = this.span;
    const { min, max } = this.ranges.get(scale) ?? EMPTY_RANGE;
    return [
      (time) => left + ((time - from) / (to - from)) * width,
      (value) => top + ((max - value) / (max - min)) * height,
    ];
  }
}

function noSeries(): uPlot.Series {
  return {
    show: false,
    facets: [
      { scale: "x", auto: false },
      { scale: NO_LINES.scale, auto: false },
    ],
  } as uPlot.Series;
}
