// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a key, or with asking about it, in words for whoever signs in.
import type { Failure } from "../api/failure";
import { text } from "../text/en";

// Before the server is asked. A header can hold nothing but visible ASCII.
export function keyFault(key: string): string | undefined {
  if (key === "") return text.session.missing;
  return /^[\x21-\x7e]+$/.test(key) ? undefined : text.session.malformed;
}

export function signInFault(failure: Failure): string {
  if (failure.kind === "unauthenticated") return text.session.wrong;
  return failure.kind === "temporary" && failure.message !== text.failure.gatewayAway
    ? text.session.away
    : failure.message;
}
