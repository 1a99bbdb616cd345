// SPDX-License-Identifier: Apache-2.0
//
// The one way out of the page: Connect, binary, to the origin that served it, with the session's key.
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";

import { apiKey } from "../session/key";

// A unary call that takes longer has failed, whatever comes after. Streams have no such end.
export const CALL_TIMEOUT_MS = 30_000;

const withKey: Interceptor = (next) => (request) => {
  const key = apiKey.value;
  if (key !== "" && !request.header.has("Authorization")) {
    request.header.set("Authorization", `Bearer ${key}`);
  }
  return next(request);
};

const connect = createConnectTransport({
  baseUrl: globalThis.location?.origin ?? "http://localhost",
  useBinaryFormat: true,
  interceptors: [withKey],
});

export const transport: Transport = {
  unary: (method, signal, timeoutMs = CALL_TIMEOUT_MS, header, input, contextValues) =>
    connect.unary(method, signal, timeoutMs, header, input, contextValues),
  stream: (method, signal, timeoutMs, header, input, contextValues) =>
    connect.stream(method, signal, timeoutMs, header, input, contextValues),
};
