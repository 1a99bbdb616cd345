// SPDX-License-Identifier: Apache-2.0
import { text } from "../text/en";
import type { ReasonText } from "../text/en/rejected";

// A server that is newer than this page may have more reasons than it knows.
export function reasonText(reason: string): ReasonText {
  if (Object.hasOwn(text.rejected.reasons, reason)) {
    return text.rejected.reasons[reason] ?? text.rejected.unknownReason;
  }
  return { ...text.rejected.unknownReason, title: reason || text.rejected.unknownReason.title };
}

export const knownReasons: readonly string[] = Object.keys(text.rejected.reasons);
