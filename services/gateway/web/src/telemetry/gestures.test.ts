// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";

import { attachGestures } from "./gestures";
import type { Span } from "./view";

const NOW = Date.UTC(2026, 0, 1);
const LENGTH = 1_000_000;

// What gestures need of an element, 100 pixels wide.
class Surface extends EventTarget {
  setPointerCapture(): void {}
  getBoundingClientRect() {
    return { left: 0, width: 100 };
  }
}

let surface: Surface;
let span: Span;
let mark: [number, number] | undefined;
let read: number | undefined;
let backs: number;
let detach: () => void;

function attach(wheelNeedsCtrl = false): void {
  surface = new Surface();
  detach = attachGestures(
    surface as unknown as HTMLElement,
    {
      span: () => span,
      now: () => NOW,
      showSpan: (next) => (span = next),
      mark: (places) => (mark = places),
      read: (place) => (read = place),
      back: () => (backs += 1),
    },
    { wheelNeedsCtrl },
  );
}

function send(name: string, of: Record<string, unknown> = {}): boolean {
  const event = new Event(name, { cancelable: true });
  surface.dispatchEvent(
    Object.assign(event, { pointerId: 1, pointerType: "mouse", button: 0, clientX: 0, ...of }),
  );
  return event.defaultPrevented;
}

// Where the span begins and ends, as parts of what it was at first.
function parts(): [number, number] {
  const part = (time: number) => Number(((time - (NOW - LENGTH)) / LENGTH).toFixed(3));
  return [part(span.from), part(span.to)];
}

beforeEach(() => {
  span = { from: NOW - LENGTH, to: NOW };
  mark = read = undefined;
  backs = 0;
  attach();
});

describe("a mouse", () => {
  it("marks a part, and zooms to it when it lets go", () => {
    send("pointerdown", { clientX: 60 });
    send("pointermove", { clientX: 20 });
    expect(mark).toEqual([0.6, 0.2]);
    expect(parts()).toEqual([0, 1]);
    send("pointerup", { clientX: 20 });
    expect(mark).toBeUndefined();
    expect(parts()).toEqual([0.2, 0.6]);
  });

  it("does not zoom by a click", () => {
    send("pointerdown", { clientX: 60 });
    send("pointermove", { clientX: 62 });
    send("pointerup", { clientX: 62 });
    expect(parts()).toEqual([0, 1]);
    expect(read).toBe(0.62);
  });

  it("pans with shift, and with the middle button", () => {
    send("pointerdown", { clientX: 50, shiftKey: true });
    send("pointermove", { clientX: 80 });
    expect(parts()).toEqual([-0.3, 0.7]);
    send("pointerup", { clientX: 80 });
    send("pointerdown", { clientX: 50, button: 1 });
    send("pointermove", { clientX: 20 });
    expect(parts()).toEqual([0, 1]);
  });

  it("does nothing with the right button", () => {
    send("pointerdown", { clientX: 50, button: 2 });
    send("pointermove", { clientX: 80 });
    send("pointerup", { clientX: 80 });
    expect(parts()).toEqual([0, 1]);
  });

  it("reads where it is, and no more when it has left", () => {
    send("pointermove", { clientX: 25 });
    expect(read).toBe(0.25);
    send("pointerleave");
    expect(read).toBeUndefined();
  });

  it("goes back by a double click", () => {
    send("dblclick");
    expect(backs).toBe(1);
  });
});

describe("a wheel", () => {
  it("zooms around the pointer, in and out", () => {
    expect(send("wheel", { deltaX: 0, deltaY: -100, deltaMode: 0, clientX: 0 })).toBe(true);
    expect(parts()[0]).toBe(0);
    expect(parts()[1]).toBeLessThan(0.9);
    send("wheel", { deltaX: 0, deltaY: 100, deltaMode: 0, clientX: 0 });
    expect(parts()).toEqual([0, 1]);
  });

  it("pans sideways", () => {
    send("wheel", { deltaX: -50, deltaY: 3, deltaMode: 0 });
    expect(parts()).toEqual([-0.5, 0.5]);
  });

  it("leaves the page its scrolling where that is wanted", () => {
    detach();
    attach(true);
    expect(send("wheel", { deltaX: 0, deltaY: -100, deltaMode: 0 })).toBe(false);
    expect(parts()).toEqual([0, 1]);
    expect(send("wheel", { deltaX: 0, deltaY: -100, deltaMode: 0, ctrlKey: true })).toBe(true);
    expect(parts()[1]).toBeLessThan(1);
  });
});

describe("fingers", () => {
  const finger = (pointerId: number, clientX: number) => ({
    pointerId,
    pointerType: "touch",
    clientX,
  });

  it("pan with one, zoom with two, and pan on with the one that stays", () => {
    send("pointerdown", finger(1, 50));
    send("pointermove", finger(1, 60));
    expect(parts()).toEqual([-0.1, 0.9]);
    send("pointermove", finger(1, 50));
    send("pointerdown", finger(2, 60));
    send("pointermove", finger(1, 45));
    send("pointermove", finger(2, 65));
    expect(parts()).toEqual([0.275, 0.775]);
    send("pointerup", finger(2, 65));
    send("pointermove", finger(1, 55));
    expect(parts()).toEqual([0.225, 0.725]);
    send("pointerup", finger(1, 55));
    send("pointermove", finger(1, 95));
    expect(parts()).toEqual([0.225, 0.725]);
  });

  it("read by a tap", () => {
    send("pointerdown", finger(1, 30));
    send("pointerup", finger(1, 30));
    expect(read).toBe(0.3);
  });

  it("stop where the browser takes over to scroll", () => {
    send("pointerdown", finger(1, 50));
    send("pointercancel", finger(1, 50));
    send("pointermove", finger(1, 90));
    expect(parts()).toEqual([0, 1]);
  });
});

describe("hands that were taken off", () => {
  it("do nothing", () => {
    detach();
    send("dblclick");
    expect(backs).toBe(0);
  });
});
