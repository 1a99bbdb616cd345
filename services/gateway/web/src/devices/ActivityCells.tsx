// SPDX-License-Identifier: Apache-2.0
import { formatCount, formatRate, perUnit } from "../format/number";
import { formatAge, formatExact } from "../format/time";
import { text } from "../text/en";
import { WINDOW_SECONDS, type Activity } from "./activity";

const words = text.devices;

// undefined: not known yet; null: never.
export function LastSeen({ activity }: { activity: Activity | null | undefined }) {
  if (activity === undefined) return null;
  if (activity === null) return <span class="muted">{words.neverSeen}</span>;
  return (
    <time dateTime={new Date(activity.lastMs).toISOString()} title={formatExact(activity.lastMs)}>
      {formatAge(activity.lastMs)}
    </time>
  );
}

export function Rate({ activity }: { activity: Activity | null | undefined }) {
  if (activity === undefined || activity === null || activity.samples === 0) return null;
  // A rate of so few would be a guess.
  if (activity.samples < 3)
    return <span class="muted">{words.few(formatCount(activity.samples))}</span>;
  const [value, unit] = perUnit(activity.samples, WINDOW_SECONDS);
  return (
    <span title={words.rateTitle(formatCount(activity.samples))}>
      {words.rate(formatRate(value), unit)}
    </span>
  );
}
