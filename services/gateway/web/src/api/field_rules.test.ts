// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import {
  displayNameFault,
  endpointIdFault,
  keyNameFault,
  nameFault,
  tokenFault,
} from "./field_rules";

// As services/registry/field_rules_test.cpp has them.
describe("rules of names", () => {
  it.each(["", "a", "demo-v1", "0_9", "a".repeat(63)])("accepts the name %j", (name) => {
    expect(nameFault(name)).toBeUndefined();
  });

  it.each(["Demo", "a b", "ü", "a.b", "a/b", "a".repeat(64)])("refuses the name %j", (name) => {
    expect(nameFault(name)).toBeTypeOf("string");
  });

  it("names the sign that is in the way", () => {
    expect(nameFault("a/b")).toContain("“/”");
    expect(nameFault("a b")).toContain("blank");
    expect(nameFault("a".repeat(64))).toContain("64");
  });

  it.each(["", "A-z.9_~", "a".repeat(128)])("accepts the endpoint id %j", (id) => {
    expect(endpointIdFault(id)).toBeUndefined();
  });

  it.each(["a b", "a/b", "a#", "é", "a".repeat(129)])("refuses the endpoint id %j", (id) => {
    expect(endpointIdFault(id)).toBeTypeOf("string");
  });

  it.each(["", "a$'\"\\%?", "!~"])("accepts the token %j", (token) => {
    expect(tokenFault(token)).toBeUndefined();
  });

  it.each(["a b", "a+b", "a#b", "a/b", "a.b", "ä", "a\u007f", "a".repeat(129)])(
    "refuses the token %j",
    (token) => {
      expect(tokenFault(token)).toBeTypeOf("string");
    },
  );

  it("counts characters as people do", () => {
    expect(displayNameFault("🌡".repeat(200))).toBeUndefined();
    expect(displayNameFault("🌡".repeat(201))).toContain("201");
    expect(keyNameFault("a".repeat(101))).toContain("101");
    expect(displayNameFault("a\nb")).toBeTypeOf("string");
  });
});
