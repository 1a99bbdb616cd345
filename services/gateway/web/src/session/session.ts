// SPDX-License-Identifier: Apache-2.0
//
// Who is signed in, and what they may do.
import { computed, signal } from "@preact/signals";

import { registry } from "../api/clients";
import { ApiKeyRole } from "../gen/millrace/identity/v1/api_key_pb";
import type { ApiKey } from "../gen/millrace/registry/v1/registry_pb";
import { apiKey, keepKey } from "./key";

// Each role may do what those before it may.
export type Role = "reader" | "operator" | "admin";

const ORDER: Role[] = ["reader", "operator", "admin"];

export function roleOf(key: ApiKey): Role {
  switch (key.role) {
    case ApiKeyRole.READER:
      return "reader";
    case ApiKeyRole.OPERATOR:
      return "operator";
    default:
      return "admin";
  }
}

// The key's own record; undefined until it has been asked for.
export const ownKey = signal<ApiKey | undefined>(undefined);

export const role = computed<Role | undefined>(() =>
  ownKey.value === undefined ? undefined : roleOf(ownKey.value),
);

// Bound to some applications: calls about the whole deployment are refused.
export const isBound = computed(() => (ownKey.value?.applicationNames.length ?? 0) > 0);

export function may(needed: Role): boolean {
  return role.value !== undefined && ORDER.indexOf(role.value) >= ORDER.indexOf(needed);
}

// Throws what the call throws; the key is kept only if the server knows it.
export async function signIn(key: string, abort?: AbortSignal): Promise<ApiKey> {
  const found = await registry.getOwnApiKey(
    {},
    { signal: abort, headers: { Authorization: `Bearer ${key}` } },
  );
  keepKey(key);
  ownKey.value = found;
  return found;
}

export function signOut(): void {
  keepKey("");
  ownKey.value = undefined;
}

// Asks who the kept key is, after a reload of the page.
export async function restore(abort?: AbortSignal): Promise<void> {
  if (apiKey.value === "") return;
  ownKey.value = await registry.getOwnApiKey({}, { signal: abort });
}
