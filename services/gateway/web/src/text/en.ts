// SPDX-License-Identifier: Apache-2.0
//
// Every English word of the page, by view. A translation is another object of the type Text. Sentences with values are
// functions, since other languages put them elsewhere.
import { applications } from "./en/applications";
import { clients } from "./en/clients";
import { connect } from "./en/connect";
import { dashboards } from "./en/dashboards";
import { devices } from "./en/devices";
import { fieldRules } from "./en/field_rules";
import { health } from "./en/health";
import { keys } from "./en/keys";
import { raw } from "./en/raw";
import { rejected } from "./en/rejected";
import { rules } from "./en/rules";
import { session } from "./en/session";
import * as shell from "./en/shell";
import { telemetry } from "./en/telemetry";
import { widgets } from "./en/widgets";

export const text = {
  ...shell,
  session,
  fieldRules,
  applications,
  clients,
  connect,
  devices,
  rules,
  telemetry,
  widgets,
  dashboards,
  raw,
  rejected,
  health,
  keys,
};

export type Text = typeof text;
