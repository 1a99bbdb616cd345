// SPDX-License-Identifier: Apache-2.0

export const health = {
  title: "Health",
  intro: "Whether everything that was received came to an end, and how each part is.",
  refreshed: (time: string) => `As of ${time}; asked every 5 seconds while you look.`,
  stale: (age: string) => `The last answer is from ${age}.`,

  ledger: "Ledger",
  balanced: (received: string) => `${received} messages received, all ended.`,
  inFlight: (received: string, inFlight: string) =>
    `${received} messages received, all ended but ${inFlight} in flight.`,
  missing: (received: string, difference: string) =>
    `${received} messages received, ${difference} of them unaccounted for.`,
  noMessages: "No message has been received yet.",
  unknown: "The ledger cannot be compared right now: the stream or the database cannot be read.",
  notYet: "There is no ledger yet. The first epts that runs begins one.",
  since: (time: string) => `Since ${time}.`,
  terminated: (count: string) =>
    `${count} messages could not be made sense of; the log of epts says why.`,
  samples: "Samples in these messages",
  stored: "stored",
  merged: "merged into an equal instant",
  rejected: "rejected",
  empty: "gave nothing",

  rates: "Rates",
  ratesNote: (minutes: number) =>
    `Of the last ${minutes} minutes at most, while this page is open.`,
  messagesPerSecond: "Messages received",
  storedPerSecond: "Samples stored",
  rejectedPerSecond: "Samples rejected",
  backlog: "In flight",
  backlogUnit: "messages",
  perSecond: (rate: string) => `${rate}/s`,
  measuring: "measuring…",
  notKnown: "not known",
  highest: (value: string) => `highest ${value}`,

  findings: "Findings",
  noFindings: "Nothing is wrong.",
  severities: { 0: "note", 1: "warning", 2: "error" } as Record<number, string>,
  action: "What to do",
  showRejected: "Show these samples",

  parts: "Parts",
  part: "Part",
  state: "State",
  version: "Version",
  partDetail: "What it says",
  healthy: "well",
  unhealthy: "not well",
  noParts: "No part has answered.",

  verdictGood: "All is well",
  verdictWarning: (count: number) => (count === 1 ? "1 warning" : `${count} warnings`),
  verdictError: (count: number) => (count === 1 ? "1 error" : `${count} errors`),

  awayTitle: "The deployment cannot be asked",
  awayWords:
    "The service query, or what it needs to check your key, does not answer. That is itself a finding: here is what it means.",
  awayUploads:
    "Receivers go on accepting samples for as long as the stream takes them; what waits is stored by itself later.",
  awayAsk:
    "If this stays, look into the log of query and of the gateway, then of nats-server and PostgreSQL.",
};
