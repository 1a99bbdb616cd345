// SPDX-License-Identifier: Apache-2.0
//
// Holds a chart together: which lines and which part of time are looked at, when pictures are fetched, and the live points
// between. Knows no screen: who draws is told that something has changed and reads `span` and `store`.

import { signal, type ReadonlySignal } from "@preact/signals";
import { toFailure, type Failure } from "../api/failure";
import { forEachPoint } from "./chunk_points";
import { loadPictures, type AskedLine, type PictureRequest } from "./chart_query";
import type { LiveFeed } from "./live_feed";
import { LineStore, type Picture } from "./line_store";
import { clampSpan, spanOf, type Span, type TimeRange } from "./view";

// After the last turn of the wheel.
const FETCH_DELAY_MS = 150;
// Beside the picture on each side, as a part of its length: panning shows something at once.
const MARGIN = 0.25;
// A picture is fetched anew when pixels have become so many times shorter, if points are missing, or longer.
const FINER = 1.5;
const COARSER = 8;
// Live points of one line on top of a picture, then it is fetched anew, thinned.
const TAIL_MAX = 8000;
const POINTS_PER_PIXEL = 4;
const WIDTH_AT_FIRST = 800;
const RETRY_MS = 5000;

type Load = (request: PictureRequest, abort: AbortSignal) => Promise<Map<string, Picture>>;

export interface ChartSurroundings {
  applicationName: string;
  feed: Pick<LiveFeed, "now" | "listen" | "live">;
  // Something changed that is drawn; may be called often.
  onChange: () => void;
  load?: Load;
}

interface Loaded {
  span: Span;
  // The longest of all lines; 0: every point is there.
  stepMs: number;
  // What a pixel was long when the picture was asked for.
  pixelMs: number;
}

export class ChartController {
  readonly store = new LineStore();
  private lines: readonly AskedLine[] = [];
  private range: TimeRange = { kind: "last", ms: 3_600_000 };
  private width = WIDTH_AT_FIRST;
  private loaded: Loaded | undefined;
  // What is on its way.
  private asked: Loaded | undefined;
  private fetching: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly failureNow = signal<Failure | undefined>(undefined);
  private readonly loadingNow = signal(false);
  private readonly pictureNow = signal(0);
  private readonly stopListening: () => void;
  private closed = false;

  constructor(private readonly around: ChartSurroundings) {
    this.stopListening = around.feed.listen((chunk) => {
      let changed = false;
      forEachPoint(chunk, (key, time, value) => {
        changed = this.store.takeLive(key, time, value) || changed;
      });
      if (changed) around.onChange();
      if (this.store.tail > TAIL_MAX) this.fetchSoon();
    });
    // What was stored after the first picture was read and before the feed began is in neither.
    void around.feed.live.then(() => {
      if (this.lines.length > 0 && !this.closed) this.fetchSoon();
    });
  }

  // Why the newest picture could not be fetched; the one before stays.
  get failure(): ReadonlySignal<Failure | undefined> {
    return this.failureNow;
  }

  get loading(): ReadonlySignal<boolean> {
    return this.loadingNow;
  }

  // Grows with each picture; 0: none yet.
  get pictures(): ReadonlySignal<number> {
    return this.pictureNow;
  }

  get span(): Span {
    return spanOf(this.range, this.now());
  }

  get timeRange(): TimeRange {
    return this.range;
  }

  now(): number {
    return this.around.feed.now();
  }

  setLines(lines: readonly AskedLine[]): void {
    const known = new Set(this.lines.map(({ key }) => key));
    this.lines = lines;
    this.store.setLines(lines);
    this.around.onChange();
    if (lines.some(({ key }) => !known.has(key))) {
      this.loaded = undefined;
      this.fetchNow();
    }
  }

  setRange(range: TimeRange): void {
    if (sameRange(range, this.range)) return;
    const jump = range.kind === "last";
    this.range = range;
    this.around.onChange();
    if (jump) this.fetchNow();
    else if (this.needsPicture()) this.fetchSoon();
  }

  // Of the drawing in CSS pixels.
  setWidth(width: number): void {
    if (width <= 0 || width === this.width) return;
    this.width = width;
    if (this.needsPicture()) this.fetchSoon();
  }

  // To be called before each drawing: lets go of what slid out, and fetches when the picture has run out.
  slide(): void {
    if (this.range.kind !== "last" || this.loaded === undefined) return;
    const { from, to } = this.span;
    this.store.dropBefore(from - (to - from) * MARGIN);
    if (to > this.loaded.span.to + (to - from) / 2) this.fetchSoon();
  }

  retry(): void {
    this.fetchNow();
  }

  close(): void {
    this.closed = true;
    this.stopListening();
    this.fetching?.abort();
    clearTimeout(this.timer);
  }

  private needsPicture(): boolean {
    const have = this.asked ?? this.loaded;
    if (have === undefined) return this.lines.length > 0;
    const { from, to } = this.span;
    const covered = this.range.kind === "last" ? this.now() : have.span.to;
    if (from < have.span.from || to > covered + 1) return true;
    const change = (to - from) / this.width / have.pixelMs;
    return (have.stepMs > 0 && change < 1 / FINER) || change > COARSER;
  }

  private fetchSoon(delay = FETCH_DELAY_MS): void {
    // While a live tail asks again and again the first wish counts; while a person turns the wheel the last one.
    if (this.range.kind === "last" && this.timer !== undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetchNow(), delay);
  }

  private fetchNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.fetching?.abort();
    this.asked = undefined;
    if (this.closed || this.lines.length === 0) return;
    const abort = new AbortController();
    this.fetching = abort;
    this.loadingNow.value = true;
    void this.fetch(abort);
  }

  private async fetch(abort: AbortController): Promise<void> {
    const { from, to } = this.span;
    const follows = this.range.kind === "last";
    const margin = (to - from) * MARGIN;
    const span = clampSpan(
      { from: from - margin, to: follows ? to + 1000 : to + margin },
      this.now(),
    );
    const maxPoints = this.width * POINTS_PER_PIXEL * ((span.to - span.from) / (to - from));
    const load = this.around.load ?? loadPictures;
    const request = {
      applicationName: this.around.applicationName,
      lines: this.lines,
      span,
      maxPoints,
    };
    const pixelMs = (to - from) / this.width;
    const have = { span: { from: span.from, to: follows ? to : span.to }, pixelMs };
    // Whether points will be missing is not known before they are there: as if.
    this.asked = { ...have, stepMs: 1 };
    this.store.expectPictures();
    try {
      const pictures = await load(request, abort.signal);
      if (abort.signal.aborted) return;
      this.store.takePictures(pictures, { from: span.from, to: follows ? Infinity : span.to });
      const stepMs = Math.max(0, ...[...pictures.values()].map((picture) => picture.stepMs));
      this.loaded = { ...have, stepMs };
      this.failureNow.value = undefined;
      this.pictureNow.value += 1;
    } catch (thrown) {
      if (abort.signal.aborted) return;
      const failure = toFailure(thrown);
      this.failureNow.value = failure;
      if (failure.kind === "temporary")
        this.fetchSoon(Math.max(RETRY_MS, failure.retryAfterMs ?? 0));
    }
    this.asked = undefined;
    this.loadingNow.value = false;
    this.around.onChange();
    if (this.failureNow.peek() === undefined && this.needsPicture()) this.fetchSoon();
  }
}

function sameRange(a: TimeRange, b: TimeRange): boolean {
  if (a.kind === "last") return b.kind === "last" && a.ms === b.ms;
  return b.kind === "fixed" && a.from === b.from && a.to === b.to;
}
