// SPDX-License-Identifier: Apache-2.0

export const devices = {
  title: "Devices",
  picker: "Device",
  pickerPlaceholder: "Search by id",
  tabs: { telemetry: "Telemetry", connect: "Connect", tokens: "Tokens", raw: "Raw data" },
};
