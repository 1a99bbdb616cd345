// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { DashboardSchema, WidgetSchema } from "../gen/millrace/registry/v1/dashboard_pb";
import { beginEditing, changed, dashboardOf, draftOf, edited, isChanged, undone } from "./draft";

function tiles(title: string, column = 0, row = 0, columns = 6, rows = 3) {
  return create(WidgetSchema, {
    title,
    placement: { column, row, columns, rows },
    kind: { case: "tiles", value: {} },
  });
}

const dashboard = create(DashboardSchema, {
  dashboardId: "id",
  applicationName: "app",
  title: "Plant",
  version: 4n,
  widgets: [tiles("left"), tiles("right", 6)],
});

function titles(draft: Parameters<typeof dashboardOf>[0]): string[] {
  return dashboardOf(draft, dashboard).widgets.map(
    ({ title, placement }) => `${title} ${placement!.column},${placement!.row}`,
  );
}

describe("a draft", () => {
  it("goes there and back", () => {
    const back = dashboardOf(draftOf(dashboard), dashboard);
    expect(back).toMatchObject({ dashboardId: "id", applicationName: "app", title: "Plant" });
    expect(titles(draftOf(dashboard))).toEqual(["left 0,0", "right 6,0"]);
  });

  it("mends placements that are missing or on top of each other", () => {
    const broken = create(DashboardSchema, { widgets: [tiles("a"), tiles("b"), { title: "c" }] });
    expect(titles(draftOf(broken))).toEqual(["a 0,0", "b 0,3", "c 0,6"]);
  });

  it("adds where there is room", () => {
    const more = changed(draftOf(dashboard), {
      kind: "add",
      widget: tiles("new"),
      columns: 4,
      rows: 2,
    });
    expect(titles(more)).toEqual(["left 0,0", "right 6,0", "new 0,3"]);
  });

  it("places, and is saved in the order of reading", () => {
    const draft = draftOf(dashboard);
    const [left] = draft.widgets;
    const placed = changed(draft, {
      kind: "place",
      id: left!.id,
      box: { ...left!.box, column: 6, row: 0 },
    });
    expect(titles(placed)).toEqual(["left 6,0", "right 6,3"]);
    const below = changed(draft, { kind: "place", id: left!.id, box: { ...left!.box, row: 5 } });
    expect(titles(below)).toEqual(["right 6,0", "left 0,5"]);
    expect(titles(changed(below, { kind: "closeGaps" }))).toEqual(["left 0,0", "right 6,0"]);
  });

  it("replaces and removes", () => {
    const draft = draftOf(dashboard);
    const { id } = draft.widgets[0]!;
    expect(titles(changed(draft, { kind: "replace", id, widget: tiles("other", 9, 9) }))[0]).toBe(
      "other 0,0",
    );
    expect(titles(changed(draft, { kind: "remove", id }))).toEqual(["right 6,0"]);
    expect(changed(draft, { kind: "place", id: "gone", box: draft.widgets[0]!.box })).toBe(draft);
  });
});

describe("editing", () => {
  it("knows whether anything has changed", () => {
    const begun = beginEditing(dashboard);
    expect(isChanged(begun)).toBe(false);
    const renamed = edited(begun, { kind: "rename", title: "Plant 2" });
    expect(isChanged(renamed)).toBe(true);
    expect(isChanged(edited(renamed, { kind: "rename", title: "Plant" }))).toBe(false);
  });

  it("can be undone, a title as a whole", () => {
    let editing = beginEditing(dashboard);
    for (const title of ["P", "Pl", "Pla"]) editing = edited(editing, { kind: "rename", title });
    editing = edited(editing, { kind: "remove", id: editing.draft.widgets[0]!.id });
    expect(titles(editing.draft)).toHaveLength(1);
    editing = undone(editing);
    expect(titles(editing.draft)).toHaveLength(2);
    expect(editing.draft.title).toBe("Pla");
    expect(undone(editing).draft.title).toBe("Plant");
    expect(undone(undone(undone(editing))).draft.title).toBe("Plant");
  });
});
