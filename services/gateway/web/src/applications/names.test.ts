// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { nameFault } from "../api/field_rules";
import { AppVersionSchema } from "../gen/millrace/registry/v1/registry_pb";
import { sameView } from "./ApplicationSwitcher";
import { suggestedName } from "./CreateApplication";
import { namesByApplication } from "./versions";

describe("suggestedName", () => {
  it.each([
    ["Weather Stations", "weather-stations"],
    ["Wärmepumpe (2. Etage)", "warmepumpe-2-etage"],
    ["  ", ""],
    ["天気", ""],
    ["a".repeat(100), "a".repeat(60)],
  ])("makes of %j the name %j", (displayName, name) => {
    expect(suggestedName(displayName)).toBe(name);
    expect(nameFault(suggestedName(displayName))).toBeUndefined();
  });
});

describe("sameView", () => {
  it.each([
    ["/applications/a", "/applications/b"],
    ["/applications/a/devices", "/applications/b/devices"],
    ["/applications/a/devices/roof/tokens", "/applications/b/devices"],
    ["/applications/a/dashboards/1", "/applications/b/dashboards"],
    ["/health", "/applications/b"],
    ["/applications", "/applications/b"],
  ])("of %s is %s", (location, expected) => {
    expect(sameView(location, "b")).toBe(expected);
  });
});

it("versions are sorted to their applications", () => {
  const versions = [
    create(AppVersionSchema, { name: "a-1", applicationName: "a" }),
    create(AppVersionSchema, { name: "b-1", applicationName: "b" }),
    create(AppVersionSchema, { name: "a-2", applicationName: "a" }),
  ];
  expect([...namesByApplication(versions)]).toEqual([
    ["a", ["a-1", "a-2"]],
    ["b", ["b-1"]],
  ]);
});
