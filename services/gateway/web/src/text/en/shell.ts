// SPDX-License-Identifier: Apache-2.0

// What every view needs.
export const product = "Millrace";

export const actions = {
  retry: "Try again",
  reload: "Reload",
  close: "Close",
  cancel: "Cancel",
  save: "Save",
  create: "Create",
  done: "Done",
  edit: "Edit",
  remove: "Remove",
  copy: "Copy",
  back: "Back",
};

export const states = {
  loading: "Loading",
  copied: "Copied",
  notCopied: "Could not copy: select the text and copy it by hand",
  nothingFits: "Nothing fits",
  never: "never",
  none: "none",
  yes: "yes",
  no: "no",
  on: "on",
  off: "off",
};

export const failure = {
  temporary: "This did not work just now",
  forbidden: "Your key may not do this",
  missing: "There is no such thing",
  refused: "The server refused this",
  fault: "Something is wrong with the server or this page",
  gatewayAway: "The gateway does not answer. Is it running, and is your network up?",
  withoutMessage: (code: string) => `The server answered "${code}" and said no more.`,
  retryAfter: (seconds: number) =>
    seconds === 1
      ? "The server asks to wait a second."
      : `The server asks to wait ${seconds} seconds.`,
  pageTitle: "This view has failed",
  pageWords: "That is a fault of the page, not yours. The rest of it still works.",
  chunkTitle: "A part of the page could not be loaded",
  chunkWords: "The gateway may have been updated since this page was opened. Reload it.",
};

export const navigation = {
  label: "Main",
  skip: "Skip to the content",
  open: "Open the menu",
  close: "Close the menu",
  applications: "Applications",
  overview: "Overview",
  devices: "Devices",
  dashboards: "Dashboards",
  seriesRules: "Series rules",
  rejected: "Rejected samples",
  health: "Health",
  keys: "API keys",
  clients: "MQTT clients",
  application: "Application",
  chooseApplication: "Choose an application",
  inApplication: (name: string) => `In ${name}`,
  breadcrumbs: "You are here",
};

export const settings = {
  theme: "Theme",
  themeSystem: "As the system",
  themeLight: "Light",
  themeDark: "Dark",
  timeZone: "Time zone",
  browserZone: (zone: string) => `Browser (${zone})`,
};

export const notFound = {
  title: "This page does not exist",
  words: "The address is wrong, or what was here has gone.",
  home: "To the applications",
};

export const access = {
  title: "Your key may not open this page",
  operator: "It needs a key with the role operator. Ask whoever gave you yours.",
  admin: "It needs a key with the role admin. Ask whoever gave you yours.",
  unbound: "It is about the whole deployment and needs a key that is not bound to applications.",
};
