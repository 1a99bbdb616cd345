// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { csvName, csvPath } from "./csv";

const request = {
  applicationName: "my app",
  endpointIds: ["meter/7"],
  timeSeriesNames: ["auto~temperature", "auto~humidity"],
  span: { from: Date.UTC(2026, 4, 1, 12), to: Date.UTC(2026, 4, 2, 12, 0, 0, 0.5) },
};

describe("csvPath", () => {
  it("asks for the series of the endpoint in the range", () => {
    expect(csvPath(request)).toBe(
      "/api/v1/applications/my%20app/time-series/data.csv" +
        "?timeSeriesName=auto%7Etemperature&timeSeriesName=auto%7Ehumidity&endpointId=meter%2F7" +
        "&fromDate=2026-05-01T12%3A00%3A00.000Z&toDate=2026-05-02T12%3A00%3A00.000Z",
    );
  });
});

describe("csvName", () => {
  it("says whose and when, in what any file system takes", () => {
    expect(csvName(request)).toBe("meter_7_2026-05-01T12-00_2026-05-02T12-00.csv");
    expect(csvName({ ...request, endpointIds: ["a", "b"] })).toMatch(/^2-devices_/);
  });
});
