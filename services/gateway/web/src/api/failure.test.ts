// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";

import { text } from "../text/en";
import { toFailure } from "./failure";

describe("toFailure", () => {
  it("keeps the server's words, without the code in front", () => {
    const failure = toFailure(
      new ConnectError("cannot use field name: it is empty", Code.InvalidArgument),
    );
    expect(failure).toMatchObject({
      kind: "refused",
      message: "cannot use field name: it is empty",
      code: Code.InvalidArgument,
    });
  });

  it.each([
    [Code.Unauthenticated, "unauthenticated"],
    [Code.PermissionDenied, "forbidden"],
    [Code.NotFound, "missing"],
    [Code.Unavailable, "temporary"],
    [Code.ResourceExhausted, "temporary"],
    [Code.DeadlineExceeded, "temporary"],
    [Code.AlreadyExists, "refused"],
    [Code.FailedPrecondition, "refused"],
    [Code.Canceled, "cancelled"],
    [Code.Internal, "fault"],
    [Code.Unimplemented, "fault"],
  ] as const)("code %s is %s", (code, kind) => {
    expect(toFailure(new ConnectError("words", code)).kind).toBe(kind);
  });

  it("says that the gateway is away when fetch could not reach it", () => {
    const failure = toFailure(ConnectError.from(new TypeError("Failed to fetch")));
    expect(failure).toMatchObject({ kind: "temporary", message: text.failure.gatewayAway });
  });

  it("takes an aborted call for cancelled", () => {
    expect(toFailure(new DOMException("left", "AbortError")).kind).toBe("cancelled");
  });

  it("reads how long the server asks to wait", () => {
    const pushed = new ConnectError("much", Code.ResourceExhausted, {
      "grpc-retry-pushback-ms": "1500",
    });
    expect(toFailure(pushed).retryAfterMs).toBe(1500);
    const later = new ConnectError("away", Code.Unavailable, { "retry-after": "2" });
    expect(toFailure(later).retryAfterMs).toBe(2000);
    const never = new ConnectError("much", Code.ResourceExhausted, {
      "grpc-retry-pushback-ms": "-1",
    });
    expect(toFailure(never).retryAfterMs).toBeUndefined();
  });

  it("has words where the server had none", () => {
    expect(toFailure(new ConnectError("", Code.Internal)).message).toContain("Internal");
  });
});
