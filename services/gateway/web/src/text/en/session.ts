// SPDX-License-Identifier: Apache-2.0

export const session = {
  title: "Sign in",
  words: "Telemetry from your devices, as time series.",
  key: "API key",
  keyHint:
    "Whoever runs this server has one for you. It stays in this tab and is forgotten when you close it.",
  showKey: "Show the key",
  hideKey: "Hide the key",
  signIn: "Sign in",
  signOut: "Sign out",
  missing: "Enter an API key.",
  malformed: "This cannot be a key: keys have no blanks and only plain letters, digits and signs.",
  wrong:
    "The server does not know this key, or it has been revoked. Check for missing characters, or ask for another one.",
  away: "The server cannot check the key right now: the registry does not answer. This says nothing about your key.",
  ended: "Your key is not valid any more: it was revoked. Sign in with another one.",
  restoring: "Checking your key",
  restoreFailed: "Your key could not be checked",
  signedInAs: (name: string) => `Signed in as ${name}`,
  roles: {
    reader: "Reader",
    operator: "Operator",
    admin: "Admin",
  },
  roleMeaning: {
    reader: "reads data and settings",
    operator: "also changes applications: versions, devices, tokens, series rules, dashboards",
    admin: "also creates applications and API keys",
  },
};
