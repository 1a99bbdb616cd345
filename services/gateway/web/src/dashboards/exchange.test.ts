// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { DashboardSchema } from "../gen/millrace/registry/v1/dashboard_pb";
import { exported, fileName, imported, UnreadableDashboard } from "./exchange";

const dashboard = create(DashboardSchema, {
  dashboardId: "0190",
  applicationName: "here",
  title: "Plant 7 / oven",
  version: 12n,
  updatedBy: "somebody",
  widgets: [
    {
      title: "Oven",
      placement: { column: 1, row: 2, columns: 3, rows: 4 },
      sources: [{ timeSeriesName: "auto~t", unit: "°C" }],
      kind: {
        case: "gauge",
        value: { minimum: -5, maximum: 300, thresholds: [{ value: 200, color: "#00ff00" }] },
      },
    },
    { kind: { case: "chart", value: { rangeSeconds: 7200n } } },
  ],
});

describe("a dashboard as a file", () => {
  it("has what can be shown elsewhere and nothing of this server", () => {
    const file = exported(dashboard);
    expect(file).not.toContain("0190");
    expect(file).not.toContain("somebody");
    expect(JSON.parse(file)).toMatchObject({ title: "Plant 7 / oven" });
  });

  it("comes back as it was, in another application", () => {
    const back = imported(exported(dashboard), "there");
    expect(back.applicationName).toBe("there");
    expect(back.dashboardId).toBe("");
    expect(back.widgets).toEqual(dashboard.widgets);
  });

  it("has a name that file systems take", () => {
    expect(fileName(dashboard)).toBe("Plant-7-oven.dashboard.json");
    expect(fileName(create(DashboardSchema, { title: "///" }))).toBe("dashboard.dashboard.json");
  });
});

describe("imported", () => {
  const problem = (file: string) => {
    try {
      imported(file, "app");
    } catch (fault) {
      expect(fault).toBeInstanceOf(UnreadableDashboard);
      return (fault as Error).message;
    }
    return "";
  };

  it("says what is wrong with a file", () => {
    expect(problem("{")).toMatch(/not JSON/);
    expect(problem('{"title":"x","panels":[]}')).toMatch(/panels/);
    expect(problem('{"title":"x","widgets":[{"placement":{"row":"up"}}]}')).toMatch(/row/);
    expect(problem('{"title":" "}')).toMatch(/title/);
    expect(problem(JSON.stringify({ title: "x", widgets: Array(101).fill({}) }))).toMatch(/101/);
    const sources = Array(101).fill({ timeSeriesName: "a" });
    expect(problem(JSON.stringify({ title: "x", widgets: [{}, { sources }] }))).toMatch(/widget 2/);
  });
});
