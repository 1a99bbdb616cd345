// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";

import {
  ClientAuthenticationSchema,
  ClientTransport,
} from "../gen/millrace/identity/v1/client_credentials_pb";
import { asksForMore, changedTransports, rulesOf } from "./transports";

const stored = create(ClientAuthenticationSchema, {
  transports: [
    { transport: ClientTransport.TCP, passwordRequired: true },
    { transport: ClientTransport.TLS, certificateRequired: true },
  ],
  version: 3n,
});

it("takes what a server does not name for not asked", () => {
  const rules = rulesOf(stored);
  expect(rules.tcp).toEqual({ password: true, certificate: false });
  expect(rules.tls).toEqual({ password: false, certificate: true });
  expect(rules.websocket).toEqual({ password: false, certificate: false });
  expect(rulesOf(undefined).tcp).toEqual({ password: false, certificate: false });
});

it("sends the transports that differ, whole", () => {
  const before = rulesOf(stored);
  expect(changedTransports(before, rulesOf(stored))).toEqual([]);
  const after = { ...before, tls: { password: true, certificate: true } };
  expect(changedTransports(before, after)).toEqual([
    { transport: ClientTransport.TLS, passwordRequired: true, certificateRequired: true },
  ]);
});

it("knows what could cut somebody off", () => {
  const before = rulesOf(stored);
  const none = { password: false, certificate: false };
  expect(asksForMore(before, { ...before, tcp: none })).toBe(false);
  expect(asksForMore(before, { ...before, websocket: { ...none, password: true } })).toBe(true);
  // Another thing than before is more, too.
  expect(asksForMore(before, { ...before, tls: { password: true, certificate: false } })).toBe(
    true,
  );
});
