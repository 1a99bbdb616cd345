// SPDX-License-Identifier: Apache-2.0
//
// What a call that did not work means for the person in front of the page.
import { Code, ConnectError } from "@connectrpc/connect";

import { text } from "../text/en";

export type FailureKind =
  // The view was left, or a newer call took its place: nothing to say.
  | "cancelled"
  // The key is not valid (any more).
  | "unauthenticated"
  // The key is valid and may not do this.
  | "forbidden"
  | "missing"
  // The same call may work later.
  | "temporary"
  // The request is wrong, or the state of things does not allow it: the message says how.
  | "refused"
  // The server or the page has a fault.
  | "fault";

export interface Failure {
  kind: FailureKind;
  code: Code;
  // The server's words where there are any: they name the field and the value.
  message: string;
  // Not before so many milliseconds, if the server said so.
  retryAfterMs?: number;
}

const KINDS: Partial<Record<Code, FailureKind>> = {
  [Code.Canceled]: "cancelled",
  [Code.Unauthenticated]: "unauthenticated",
  [Code.PermissionDenied]: "forbidden",
  [Code.NotFound]: "missing",
  [Code.Unavailable]: "temporary",
  [Code.ResourceExhausted]: "temporary",
  [Code.DeadlineExceeded]: "temporary",
  [Code.Aborted]: "temporary",
  [Code.InvalidArgument]: "refused",
  [Code.AlreadyExists]: "refused",
  [Code.FailedPrecondition]: "refused",
  [Code.OutOfRange]: "refused",
};

// fetch says "Failed to fetch" and the like, in the browser's words, when nobody answered.
function isNetworkFault(error: ConnectError): boolean {
  return error.cause instanceof TypeError;
}

function pushback(error: ConnectError): number | undefined {
  const milliseconds = error.metadata.get("grpc-retry-pushback-ms");
  if (milliseconds !== null && /^\d+$/.test(milliseconds)) return Number(milliseconds);
  const seconds = error.metadata.get("retry-after");
  if (seconds !== null && /^\d+$/.test(seconds)) return Number(seconds) * 1000;
  return undefined;
}

export function toFailure(thrown: unknown): Failure {
  const error = ConnectError.from(thrown);
  if (isNetworkFault(error)) {
    return {
      kind: "temporary",
      code: Code.Unavailable,
      message: text.failure.gatewayAway,
    };
  }
  return {
    kind: KINDS[error.code] ?? "fault",
    code: error.code,
    message:
      error.rawMessage !== "" ? error.rawMessage : text.failure.withoutMessage(Code[error.code]),
    retryAfterMs: pushback(error),
  };
}
