// SPDX-License-Identifier: Apache-2.0
//
// The part of time that a view shows: in the address, so that a link shows the same; moved by hands many times a second
// without a rendering each; and with a way back to the parts before.
import { useEffect, useRef, useState } from "preact/hooks";
import { useSearch } from "wouter-preact";

import { setQuery } from "../router/query";
import type { ChartController } from "./chart_controller";
import { DEFAULT_RANGE, rangeFromQuery, rangeToQuery, type Span, type TimeRange } from "./view";

// After the last movement of a hand.
const SETTLE_MS = 250;
const STEPS_BACK = 30;

export interface RangeState {
  range: TimeRange;
  // By a button: a step that the browser's back button undoes.
  choose: (range: TimeRange) => void;
  // Where the address says nothing: what is best looked at first.
  propose: (range: TimeRange) => void;
  // By a hand, many times a second.
  move: (span: Span) => void;
  back: () => void;
  canGoBack: boolean;
}

function inQuery(range: TimeRange): Record<string, string | undefined> {
  const query = new URLSearchParams();
  rangeToQuery(range, query);
  const part = (name: string) => query.get(name) ?? undefined;
  return { range: part("range"), from: part("from"), to: part("to") };
}

export function useRange(controller: ChartController): RangeState {
  const search = useSearch();
  const [range, setRange] = useState<TimeRange>(
    () => rangeFromQuery(new URLSearchParams(search)) ?? DEFAULT_RANGE,
  );
  const before = useRef<TimeRange[]>([]);
  const timer = useRef(0);
  const written = useRef("");
  const settled = useRef(range);

  const settle = (next: TimeRange, push: boolean) => {
    clearTimeout(timer.current);
    before.current = [...before.current, settled.current].slice(-STEPS_BACK);
    put(next, push);
  };
  const put = (next: TimeRange, push: boolean) => {
    settled.current = next;
    const changes = inQuery(next);
    written.current = JSON.stringify(changes);
    controller.setRange(next);
    setRange(next);
    setQuery(changes, { push });
  };

  // The browser's back button, or a link to another part of the same view.
  useEffect(() => {
    const linked = rangeFromQuery(new URLSearchParams(search)) ?? DEFAULT_RANGE;
    if (JSON.stringify(inQuery(linked)) === written.current) return;
    written.current = JSON.stringify(inQuery(linked));
    settled.current = linked;
    controller.setRange(linked);
    setRange(linked);
  }, [search, controller]);
  useEffect(() => () => clearTimeout(timer.current), []);

  return {
    range,
    choose: (next) => settle(next, true),
    propose: (next) => {
      if (rangeFromQuery(new URLSearchParams(location.search)) === undefined) put(next, false);
    },
    move: (span) => {
      const next: TimeRange = { kind: "fixed", ...span };
      controller.setRange(next);
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => settle(next, false), SETTLE_MS);
    },
    back: () => {
      clearTimeout(timer.current);
      const last = before.current.pop();
      if (last !== undefined) put(last, false);
    },
    canGoBack: before.current.length > 0,
  };
}
