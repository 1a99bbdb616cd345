// SPDX-License-Identifier: Apache-2.0

export interface ReasonText {
  title: string;
  what: string;
  todo: string;
  // Where the remedy is.
  place: "device" | "rules" | "deployment";
}

// The words of docs/rejected-samples.md.
const reasons: Record<string, ReasonText> = {
  number_out_of_range: {
    title: "Number out of range",
    what: "A number is larger than a 64-bit floating-point number can be.",
    todo: "Mend the device. A reading that is not there is better left out, or null.",
    place: "device",
  },
  wrong_type: {
    title: "Wrong type",
    what: "A configured value has another JSON type than its rule says.",
    todo: "Mend the device, or set the type in the series rules.",
    place: "rules",
  },
  string_too_long: {
    title: "String too long",
    what: "A string is longer than epts stores.",
    todo: "Send less, or raise max-string-size of epts.",
    place: "deployment",
  },
  string_not_text: {
    title: "String is not text",
    what: "A string has the character U+0000, which PostgreSQL cannot hold, or is not UTF-8.",
    todo: "Mend the device.",
    place: "device",
  },
  timestamp_missing: {
    title: "Timestamp missing",
    what: "The rules want a time at a path where the sample has nothing or null.",
    todo: "Mend the device, or let the rules fall back to the time of receipt.",
    place: "rules",
  },
  timestamp_invalid: {
    title: "Timestamp invalid",
    what: "What is at the timestamp's path is not of the rules' format.",
    todo: "Set the format the device sends, or let the rules fall back to the time of receipt.",
    place: "rules",
  },
  timestamp_out_of_range: {
    title: "Timestamp out of range",
    what: "The sample's time is further back or ahead than is accepted, or older than the application's retention.",
    todo: "Set the clock of the device where samples say their time, else that of the receiver.",
    place: "device",
  },
  too_many_fields: {
    title: "Too many fields",
    what: "The sample gives more values than epts takes from one.",
    todo: "Send several smaller samples, or raise max-fields-per-sample of epts.",
    place: "deployment",
  },
  name_too_long: {
    title: "Name too long",
    what: "The name of an auto-extracted field has more than 256 bytes.",
    todo: "Shorten the name on the device.",
    place: "device",
  },
  invalid_name: {
    title: "Invalid name",
    what: "A point of an external transmitter has a series or a value whose name is not allowed.",
    todo: "Mend the transmitter.",
    place: "device",
  },
  too_many_series: {
    title: "Too many series",
    what: "The application has as many series as it may have, and the sample brings new ones.",
    todo: "Usually a device makes names up (a counter or a time in the name): mend it, or exclude the field; or raise max-series-per-application of epts.",
    place: "rules",
  },
  too_many_series_of_endpoint: {
    title: "Too many series of one device",
    what: "The device has as many series as it may have, and the sample brings ones that are new to it.",
    todo: "Where a gateway sends for many devices, give each an endpoint of its own; or raise max-series-per-endpoint of epts.",
    place: "device",
  },
  invalid_upload: {
    title: "Invalid upload",
    what: "The text is no JSON, is nested too deep, or does not hold as many samples as the message says.",
    todo: "Receivers let none of these pass: find out what else publishes to the stream.",
    place: "deployment",
  },
  unsupported_content_type: {
    title: "Unsupported content type",
    what: "The message says that its data is something else than JSON.",
    todo: "Receivers let none of these pass: find out what else publishes to the stream.",
    place: "deployment",
  },
  unknown_application: {
    title: "Unknown application",
    what: "The registry did not know the application any more.",
    todo: "If the application exists again, replay the sample.",
    place: "deployment",
  },
  storage_refused: {
    title: "Storage refused",
    what: "PostgreSQL refused the sample with a data error.",
    todo: "A fault of Millrace: please report it. The log of epts has the cause under the correlation id.",
    place: "deployment",
  },
};

export const rejected = {
  title: "Rejected samples",
  intro:
    "Samples that were accepted and could not be stored, wholly or in part. None is lost: mend the cause and replay them.",
  reasons,
  unknownReason: {
    title: "Unknown reason",
    what: "This page does not know the reason.",
    todo: "Read the detail.",
    place: "deployment",
  } as ReasonText,
  endpoint: "Device",
  reason: "Reason",
  reasonAny: "Any reason",
  age: "Received",
  ages: {
    "": "Any time",
    "1h": "In the last hour",
    "1d": "In the last day",
    "7d": "In the last 7 days",
  },
  clearFilter: "Clear the filter",
  emptyTitle: "Nothing was rejected",
  emptyWords:
    "Everything that was accepted could be stored. Should that change, samples appear here with the reason.",
  emptyFiltered: "No rejected sample matches this filter.",
  table: "Rejected samples, newest first",
  when: "Received",
  detail: "What was wrong",
  open: "Open",
  full: (count: string) => `There are more than these ${count}. Choose a filter to see others.`,
  samples: (count: string) => `${count} samples`,

  reload: "Look again",

  whatToDo: "What to do",
  toRules: "Open the series rules",
  toDevice: "Open the device",
  path: "At",
  value: "Value sent",
  version: "App version",
  rulesVersion: "Rejected under rules",
  correlation: "Correlation id",
  stands: (count: string) => `Stands for ${count} samples: the upload was refused as a whole.`,
  partly: "The sample's other values were stored.",
  notPartly: "Nothing of the sample was stored.",
  cut: "Only the beginning of the sample was kept; it cannot be replayed.",
  tryNow: "Try with the rules in force",
  tryNothing: "The rules in force take nothing from it: a replay would leave it in this list.",
  tryGood: "It could be stored now: replay it.",
  tryPartly: "A part of it could be stored now, the rest would be refused again.",
  tryBad: "It would be refused again.",
  tryLimits:
    "What only shows when points are stored, such as too many series, a trial cannot tell.",

  replay: "Replay",
  replayTitle: "Replay rejected samples",
  replayAll:
    "All rejected samples of this application are sent through extraction once more, under the series rules in force.",
  replayFiltered:
    "The rejected samples that the filter shows are sent through extraction once more, under the series rules in force.",
  replayFilter: (words: string) => `Filter: ${words}.`,
  replayHow:
    "What can be stored now is stored at the time it was first received, and leaves the list. What cannot gets its new reason. Replaying twice does no harm.",
  replayFirst: "Mend the cause first: otherwise they are rejected again.",
  start: "Start",
  stop: "Stop",
  running: "Replaying…",
  retrying: "The server is busy or away; trying the same page again…",
  replayed: (count: string) => `${count} replayed`,
  cutCount: (count: string) => `${count} left alone: only their beginning was kept`,
  done: "Done. They are stored within moments; what is rejected again is in the list.",
  doneNothing: "There was nothing to replay.",
  stopped: "Stopped. What was replayed stays so.",
  failed: "It broke off. What was replayed stays so; start again to go on.",
};
