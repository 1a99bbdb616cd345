// SPDX-License-Identifier: Apache-2.0

export const connect = {
  title: "Connect your device",
  note: "Any of these sends as this device. Copy one, run it, and watch the light.",
  snippet: "Way to send",
  snippets: {
    curl: "curl",
    requests: "Python, HTTP",
    paho: "Python, MQTT",
    mosquitto: "mosquitto_pub",
    arduino: "Arduino",
  },
  snippetNotes: {
    curl: "One sample from a terminal. The answer 200 means: stored safely.",
    requests: "A sample every two seconds over HTTP, until you stop it.",
    paho: "A sample every two seconds over MQTT with QoS 1, until you stop it.",
    mosquitto: "One sample over MQTT, from the package mosquitto-clients.",
    arduino: "An ESP32 that sends every two seconds. Fill in your network.",
  },
  copy: "Copy",
  token: "Token",
  tokenHint:
    "It stays in this page and is not sent anywhere: the server keeps no tokens, so it cannot fill it in.",
  tokenPlaceholder: "Paste the device's token",
  tokenPlaceholderInCode: "YOUR-TOKEN",
  tokenKnown: "The token you have just created is filled in. Reload the page and it is forgotten.",
  tokenUnusable:
    "None of this device's tokens is usable: they are suspended or revoked, or there is none.",
  toTokens: "To the tokens",
  code: { network: "your network", password: "its password" },
  light: {
    label: "Is anything coming?",
    waiting: "Waiting for a sample",
    waitingWords: "This light turns on as soon as one is stored.",
    connecting: "Connecting",
    on: "Data is coming",
    onWords: (count: string) =>
      count === "1"
        ? "1 sample since this page was opened"
        : `${count} samples since this page was opened`,
    broken: "The live connection is interrupted; it is made again by itself.",
    failed: "The live connection cannot be made.",
    latest: "Newest samples",
    toTelemetry: "See the chart",
  },
  advice: {
    rulesTakeNothing: "Samples give nothing yet",
    rulesTakeNothingWords:
      "Auto-extraction is off and no series is configured for this application: what a device sends is accepted, and nothing is taken from it.",
    turnOn: "Turn auto-extraction on",
    turnedOn: "Auto-extraction is on",
    openRules: "Open series rules",
    refused: (status: string) => `An upload was refused with ${status}`,
    unknownToken: "Somebody sends to this version with a token that nobody knows",
    unknownTokenWords: "If that is you, check the token: it is not one of this application's.",
    empty: "A sample came, and no rule takes anything from it",
    emptyWords:
      "Auto-extraction takes numbers at the root of an object. Everything else needs a series rule.",
    rejected: "A sample came and could not be stored",
    inFlight: "A sample has arrived and is being stored",
    earlier: (age: string) =>
      `The newest sample came ${age}, before this page was opened. Send another one.`,
    silent: "Nothing has arrived from this device yet, neither accepted nor refused.",
    silentWords: (url: string) => `Does the machine you send from reach ${url}?`,
    when: (age: string) => `${age}.`,
    openRejected: "Rejected samples",
    openRaw: "Raw data",
  },
};
