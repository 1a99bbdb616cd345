// SPDX-License-Identifier: Apache-2.0
//
// What hands do with a chart. Mouse: drag marks a part to zoom to, shift or the middle button pans, the wheel zooms, a
// sideways wheel pans, a double click goes back. Touch: one finger pans sideways (up and down scrolls the page), two zoom, a
// tap reads. Everything is said in places, 0 (left edge) to 1 (right).

import { panned, pinched, selected, zoomed, type Span } from "./view";

export interface GestureTarget {
  span(): Span;
  now(): number;
  // While a hand moves, often.
  showSpan(span: Span): void;
  // The part being marked; undefined: none any more.
  mark(places: [number, number] | undefined): void;
  // Where the pointer reads; undefined: it has left.
  read(place: number | undefined): void;
  back(): void;
}

export interface GestureOptions {
  // Where a page is scrolled over charts the wheel zooms only with ctrl (a pinch of a touch pad says ctrl, too).
  wheelNeedsCtrl: boolean;
}

const DRAG_PIXELS = 4;
const WHEEL_FACTOR = 0.0015;

interface Drag {
  kind: "mark" | "pan" | "pinch";
  // Where the pointers were, by id, as the span was `span`.
  begin: Map<number, number>;
  span: Span;
  moved: boolean;
}

class Hands {
  private readonly places = new Map<number, number>();
  private drag: Drag | undefined;

  constructor(
    private readonly element: HTMLElement,
    private readonly target: GestureTarget,
    private readonly options: GestureOptions,
  ) {}

  listen(): () => void {
    const off = new AbortController();
    const listen = <K extends keyof HTMLElementEventMap>(
      name: K,
      take: (event: HTMLElementEventMap[K]) => void,
    ) => this.element.addEventListener(name, take, { signal: off.signal, passive: false });
    listen("pointerdown", (event) => this.down(event));
    listen("pointermove", (event) => this.move(event));
    listen("pointerup", (event) => this.up(event));
    listen("pointercancel", (event) => this.cancel(event));
    listen(
      "pointerleave",
      (event) => event.pointerType === "mouse" && !this.drag && this.target.read(undefined),
    );
    listen("wheel", (event) => this.wheel(event));
    listen("dblclick", () => this.target.back());
    return () => off.abort();
  }

  private place(event: MouseEvent): number {
    const { left, width } = this.element.getBoundingClientRect();
    return width === 0 ? 0 : (event.clientX - left) / width;
  }

  private down(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button > 1) return;
    if (event.button === 1) event.preventDefault();
    this.places.set(event.pointerId, this.place(event));
    this.element.setPointerCapture(event.pointerId);
    const pans = event.pointerType !== "mouse" || event.shiftKey || event.button === 1;
    this.begin(this.places.size > 1 ? "pinch" : pans ? "pan" : "mark");
  }

  private begin(kind: Drag["kind"]): void {
    this.drag = {
      kind,
      begin: new Map(this.places),
      span: this.target.span(),
      moved: kind === "pinch",
    };
  }

  private move(event: PointerEvent): void {
    const place = this.place(event);
    const { drag } = this;
    if (drag === undefined || !this.places.has(event.pointerId)) {
      if (event.pointerType === "mouse") this.target.read(place);
      return;
    }
    this.places.set(event.pointerId, place);
    const begun = drag.begin.get(event.pointerId) ?? place;
    const { width } = this.element.getBoundingClientRect();
    drag.moved = drag.moved || Math.abs(place - begun) * width > DRAG_PIXELS;
    if (!drag.moved) return;
    const now = this.target.now();
    if (drag.kind === "mark") this.target.mark([begun, place]);
    else if (drag.kind === "pan") this.target.showSpan(panned(drag.span, begun - place, now));
    else this.target.showSpan(pinched(drag.span, pair(drag.begin), pair(this.places), now));
  }

  private up(event: PointerEvent): void {
    const { drag } = this;
    const begun = drag?.begin.get(event.pointerId);
    this.places.delete(event.pointerId);
    if (drag?.kind === "mark" && drag.moved && begun !== undefined) {
      this.target.showSpan(
        selected(drag.span, clamped(begun), clamped(this.place(event)), this.target.now()),
      );
    }
    if (drag !== undefined && !drag.moved) this.target.read(this.place(event));
    this.finish();
  }

  private cancel(event: PointerEvent): void {
    this.places.delete(event.pointerId);
    this.finish();
  }

  // A finger that stays goes on panning.
  private finish(): void {
    this.target.mark(undefined);
    if (this.places.size > 0) this.begin("pan");
    else this.drag = undefined;
  }

  private wheel(event: WheelEvent): void {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!sideways && this.options.wheelNeedsCtrl && !event.ctrlKey) return;
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const now = this.target.now();
    if (sideways) {
      const { width } = this.element.getBoundingClientRect();
      const by = (event.deltaX || event.deltaY) * pixels;
      this.target.showSpan(panned(this.target.span(), by / Math.max(1, width), now));
      return;
    }
    // A pinch of a touch pad comes in small steps.
    const strength = event.ctrlKey ? 6 : 1;
    const factor = Math.exp(event.deltaY * pixels * WHEEL_FACTOR * strength);
    this.target.showSpan(zoomed(this.target.span(), clamped(this.place(event)), factor, now));
  }
}

function pair(places: Map<number, number>): [number, number] {
  const [one, other] = [...places.values()];
  return [one ?? 0, other ?? one ?? 0];
}

function clamped(place: number): number {
  return Math.min(1, Math.max(0, place));
}

// What it gives takes the hands off again.
export function attachGestures(
  element: HTMLElement,
  target: GestureTarget,
  options: GestureOptions,
): () => void {
  return new Hands(element, target, options).listen();
}
