// SPDX-License-Identifier: Apache-2.0
import { valueText } from "../telemetry/Legend";
import type { DrawnLine } from "../telemetry/lines";
import { text } from "../text/en";
import { useWidgetPage } from "./page";

// The newest value of a line in words, kept up to date.
export function ValueWords({ line }: { line: DrawnLine }) {
  const { last } = useWidgetPage();
  void last.round.value;
  const newest = last.get(line.key);
  return <>{newest === undefined ? text.widgets.noValue : valueText(newest.value, line.unit)}</>;
}
