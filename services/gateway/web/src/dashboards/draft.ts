// SPDX-License-Identifier: Apache-2.0
//
// A dashboard while it is being changed: each change makes a new draft, and the ones before can be had back. Widgets have an
// id here, which nobody else sees.
import { create, equals } from "@bufbuild/protobuf";

import {
  DashboardSchema,
  PlacementSchema,
  WidgetSchema,
  type Dashboard,
  type Widget,
} from "../gen/millrace/registry/v1/dashboard_pb";
import { freePlace, readingOrder, withBox, withoutGaps, withoutOverlaps, type Box } from "./grid";

export interface DraftWidget {
  id: string;
  box: Box;
  // Its own placement is not looked at: `box` is.
  widget: Widget;
}

export interface Draft {
  title: string;
  widgets: readonly DraftWidget[];
}

export type Change =
  | { kind: "rename"; title: string }
  | { kind: "add"; widget: Widget; columns: number; rows: number }
  | { kind: "replace"; id: string; widget: Widget }
  | { kind: "remove"; id: string }
  | { kind: "place"; id: string; box: Box }
  | { kind: "closeGaps" };

export const WIDGETS_MAX = 100;
const STEPS_BACK = 50;

let lastId = 0;
function freshId(): string {
  lastId += 1;
  return `w${lastId}`;
}

export function draftOf(dashboard: Dashboard): Draft {
  const boxes = withoutOverlaps(
    dashboard.widgets.map(({ placement }) => ({
      column: placement?.column ?? 0,
      row: placement?.row ?? 0,
      columns: placement?.columns || 6,
      rows: placement?.rows || 4,
    })),
  );
  return {
    title: dashboard.title,
    widgets: dashboard.widgets.map((widget, i) => ({ id: freshId(), box: boxes[i]!, widget })),
  };
}

// As the registry keeps it: widgets in the order they are read in.
export function dashboardOf(
  draft: Draft,
  of: Pick<Dashboard, "dashboardId" | "applicationName">,
): Dashboard {
  const order = readingOrder(draft.widgets.map(({ box }) => box));
  return create(DashboardSchema, {
    dashboardId: of.dashboardId,
    applicationName: of.applicationName,
    title: draft.title.trim(),
    widgets: order.map((i) => {
      const { widget, box } = draft.widgets[i]!;
      return { ...widget, placement: create(PlacementSchema, box) };
    }),
  });
}

export function changed(draft: Draft, change: Change): Draft {
  const { widgets } = draft;
  const replaceBoxes = (boxes: readonly Box[]): Draft => ({
    ...draft,
    widgets: widgets.map((entry, i) => ({ ...entry, box: boxes[i]! })),
  });
  switch (change.kind) {
    case "rename":
      return { ...draft, title: change.title };
    case "add": {
      const boxes = widgets.map(({ box }) => box);
      const box = freePlace(boxes, change);
      return { ...draft, widgets: [...widgets, { id: freshId(), box, widget: change.widget }] };
    }
    case "replace":
      return {
        ...draft,
        widgets: widgets.map((entry) =>
          entry.id === change.id ? { ...entry, widget: change.widget } : entry,
        ),
      };
    case "remove":
      return { ...draft, widgets: widgets.filter(({ id }) => id !== change.id) };
    case "place": {
      const index = widgets.findIndex(({ id }) => id === change.id);
      if (index < 0) return draft;
      return replaceBoxes(
        withBox(
          widgets.map(({ box }) => box),
          index,
          change.box,
        ),
      );
    }
    case "closeGaps":
      return replaceBoxes(withoutGaps(widgets.map(({ box }) => box)));
  }
}

function sameDraft(a: Draft, b: Draft): boolean {
  const of = { dashboardId: "", applicationName: "" };
  return equals(DashboardSchema, dashboardOf(a, of), dashboardOf(b, of));
}

export function copyOf(widget: Widget): Widget {
  return create(WidgetSchema, structuredClone({ ...widget }));
}

// A draft, those before it, and what it began as.
export interface Editing {
  dashboard: Dashboard;
  draft: Draft;
  before: readonly Draft[];
}

export function beginEditing(dashboard: Dashboard): Editing {
  return { dashboard, draft: draftOf(dashboard), before: [] };
}

export function edited(editing: Editing, change: Change): Editing {
  const draft = changed(editing.draft, change);
  const { before } = editing;
  // Typing a title is one step.
  const typing =
    change.kind === "rename" && before[before.length - 1]?.widgets === editing.draft.widgets;
  return {
    ...editing,
    draft,
    before: typing ? before : [...before, editing.draft].slice(-STEPS_BACK),
  };
}

export function undone(editing: Editing): Editing {
  const draft = editing.before[editing.before.length - 1];
  return draft === undefined ? editing : { ...editing, draft, before: editing.before.slice(0, -1) };
}

export function isChanged(editing: Editing): boolean {
  return !sameDraft(editing.draft, draftOf(editing.dashboard));
}
