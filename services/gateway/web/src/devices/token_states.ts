// SPDX-License-Identifier: Apache-2.0
import { TokenState, type Endpoint, type Token } from "../gen/millrace/registry/v1/registry_pb";
import type { BadgeKind } from "../ui/Badge";

export type TokenStateName = "inactive" | "active" | "suspended" | "revoked";

const NAMES: Partial<Record<TokenState, TokenStateName>> = {
  [TokenState.INACTIVE]: "inactive",
  [TokenState.ACTIVE]: "active",
  [TokenState.SUSPENDED]: "suspended",
  [TokenState.REVOKED]: "revoked",
};

export const BADGES: Record<TokenStateName, BadgeKind> = {
  inactive: "accent",
  active: "ok",
  suspended: "warning",
  revoked: "danger",
};

// Of a token, or of client credentials, which have the same states.
export function stateName(token: Pick<Token, "state">): TokenStateName | undefined {
  return NAMES[token.state];
}

export const STATES_BY_NAME: Record<TokenStateName, TokenState> = {
  inactive: TokenState.INACTIVE,
  active: TokenState.ACTIVE,
  suspended: TokenState.SUSPENDED,
  revoked: TokenState.REVOKED,
};

export function isStateName(name: string): name is TokenStateName {
  return Object.hasOwn(STATES_BY_NAME, name);
}

// What a list says of a device in one or two words: the states of its tokens, the most useful first, each with how often. Of
// a device that has others nobody needs its revoked ones.
export function statesOf(endpoint: Endpoint): [TokenStateName, number][] {
  const counts = new Map<TokenStateName, number>();
  for (const token of endpoint.tokens) {
    const name = stateName(token);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const order: TokenStateName[] = ["active", "inactive", "suspended", "revoked"];
  const found = order.flatMap<[TokenStateName, number]>((name) => {
    const count = counts.get(name);
    return count === undefined ? [] : [[name, count]];
  });
  return found.length > 1 ? found.filter(([name]) => name !== "revoked") : found;
}

// As services/registry/token.cpp: a revoked token stays so.
export function mayBecome(from: TokenStateName, to: "active" | "suspended" | "revoked"): boolean {
  if (from === "revoked") return false;
  if (to === "active") return from === "suspended";
  return to === "suspended" ? from !== "suspended" : true;
}
