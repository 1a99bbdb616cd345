// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { EndpointSchema, TokenState } from "../gen/millrace/registry/v1/registry_pb";
import { apiKey, keepKey } from "../session/key";
import { freshToken, rememberToken } from "./fresh_tokens";
import { mayBecome, statesOf, type TokenStateName } from "./token_states";

const withTokens = (...states: TokenState[]) =>
  create(EndpointSchema, { tokens: states.map((state) => ({ state })) });

describe("statesOf", () => {
  it("counts, the most useful first", () => {
    const { SUSPENDED, ACTIVE } = TokenState;
    expect(statesOf(withTokens(SUSPENDED, ACTIVE, ACTIVE))).toEqual([
      ["active", 2],
      ["suspended", 1],
    ]);
  });

  it("leaves revoked ones out where there are others", () => {
    expect(statesOf(withTokens(TokenState.REVOKED, TokenState.INACTIVE))).toEqual([
      ["inactive", 1],
    ]);
    expect(statesOf(withTokens(TokenState.REVOKED))).toEqual([["revoked", 1]]);
    expect(statesOf(withTokens())).toEqual([]);
  });
});

describe("mayBecome", () => {
  it.each([
    ["inactive", "suspended revoked"],
    ["active", "suspended revoked"],
    ["suspended", "active revoked"],
    ["revoked", ""],
  ] as [TokenStateName, string][])("%s may become: %s", (from, to) => {
    const changes = (["active", "suspended", "revoked"] as const).filter((state) =>
      mayBecome(from, state),
    );
    expect(changes.join(" ")).toBe(to);
  });
});

describe("fresh tokens", () => {
  it("are forgotten when nobody is signed in any more", () => {
    keepKey("k");
    rememberToken("roof", "secret");
    expect(freshToken("roof")).toBe("secret");
    keepKey("");
    expect(apiKey.value).toBe("");
    expect(freshToken("roof")).toBe("");
  });

  it("are a thousand at most", () => {
    keepKey("k");
    for (let number = 0; number <= 1000; number += 1) rememberToken(`e${number}`, "t");
    expect(freshToken("e0")).toBe("");
    expect(freshToken("e1000")).toBe("t");
  });
});
