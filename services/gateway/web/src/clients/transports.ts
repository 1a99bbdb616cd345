// SPDX-License-Identifier: Apache-2.0
//
// What is asked of clients, as the form has it.
import {
  ClientTransport,
  type ClientAuthentication,
} from "../gen/millrace/identity/v1/client_credentials_pb";

export type TransportName = "tcp" | "tls" | "websocket" | "secureWebsocket";

export const TRANSPORTS: readonly { name: TransportName; number: ClientTransport; tls: boolean }[] =
  [
    { name: "tcp", number: ClientTransport.TCP, tls: false },
    { name: "tls", number: ClientTransport.TLS, tls: true },
    { name: "websocket", number: ClientTransport.WEBSOCKET, tls: false },
    { name: "secureWebsocket", number: ClientTransport.SECURE_WEBSOCKET, tls: true },
  ];

export interface Asked {
  password: boolean;
  certificate: boolean;
}

export type Rules = Record<TransportName, Asked>;

export function rulesOf(stored: ClientAuthentication | undefined): Rules {
  const entries = TRANSPORTS.map(({ name, number }): [TransportName, Asked] => {
    const one = stored?.transports.find(({ transport }) => transport === number);
    return [
      name,
      { password: one?.passwordRequired ?? false, certificate: one?.certificateRequired ?? false },
    ];
  });
  return Object.fromEntries(entries) as Rules;
}

// Those that differ, as UpdateClientAuthentication takes them.
export function changedTransports(before: Rules, after: Rules) {
  return TRANSPORTS.filter(
    ({ name }) =>
      before[name].password !== after[name].password ||
      before[name].certificate !== after[name].certificate,
  ).map(({ name, number }) => ({
    transport: number,
    passwordRequired: after[name].password,
    certificateRequired: after[name].certificate,
  }));
}

// Whether somebody who may connect now could be one who may not then.
export function asksForMore(before: Rules, after: Rules): boolean {
  return TRANSPORTS.some(
    ({ name }) =>
      (after[name].password && !before[name].password) ||
      (after[name].certificate && !before[name].certificate),
  );
}
