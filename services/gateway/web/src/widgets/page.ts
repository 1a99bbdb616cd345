// SPDX-License-Identifier: Apache-2.0
//
// What the widgets of a page share: one stream of live points, one set of newest values, the endpoint chosen for the page.
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";

import type { LastValues } from "../telemetry/last_values";
import type { DrawnLine } from "../telemetry/lines";
import type { LiveFeed } from "../telemetry/live_feed";
import { lineStyle } from "../telemetry/palette";
import { linesOf, type SeriesDirectory, type Source } from "./sources";

export interface WidgetPage {
  app: string;
  // Empty: none is chosen.
  chosen: string;
  feed: LiveFeed;
  last: LastValues;
  directory: SeriesDirectory;
  // For all widgets that look back; undefined: each as it is set.
  rangeMs: number | undefined;
}

const Context = createContext<WidgetPage | undefined>(undefined);

export const WidgetPageProvider = Context.Provider;

export function useWidgetPage(): WidgetPage {
  const page = useContext(Context);
  if (page === undefined) throw new Error("a widget is outside a WidgetPageProvider");
  return page;
}

// The same array while nothing that is drawn has changed.
export function useSourceLines(sources: readonly Source[]): DrawnLine[] {
  const { chosen, directory } = useWidgetPage();
  const lines = linesOf(sources, chosen, directory, lineStyle);
  return useMemo(() => lines, [JSON.stringify(lines)]);
}
