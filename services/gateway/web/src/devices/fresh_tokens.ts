// SPDX-License-Identifier: Apache-2.0
//
// Tokens that were made, or pasted, in this page: the panel "Connect" fills them in. In memory alone; a reload of the page
// or signing out forgets them.
import { effect, signal } from "@preact/signals";

import { apiKey } from "../session/key";

const MOST = 1000;

const tokens = signal<ReadonlyMap<string, string>>(new Map());

effect(() => {
  if (apiKey.value === "") tokens.value = new Map();
});

export function rememberToken(endpointId: string, token: string): void {
  const next = new Map(tokens.peek());
  next.delete(endpointId);
  if (token !== "") next.set(endpointId, token);
  const oldest = next.keys().next().value;
  if (next.size > MOST && oldest !== undefined) next.delete(oldest);
  tokens.value = next;
}

export function freshToken(endpointId: string): string {
  return tokens.value.get(endpointId) ?? "";
}
