// SPDX-License-Identifier: Apache-2.0
import { locale } from "../format/time";
import { MINUTE_MS, type Span } from "./view";

// From this length on seconds say nothing.
const SECONDS_UP_TO = 10 * MINUTE_MS;

// A part of time in few words: 27 Nov, 05:18 – 07:18. What both ends share is said once, this year not at all.
export function spanWords(span: Span, zone: string, now: number, language = locale()): string {
  const year = (instant: number) =>
    new Intl.DateTimeFormat("en", { year: "numeric", timeZone: zone }).format(instant);
  const thisYear = [span.from, span.to].every((instant) => year(instant) === year(now));
  const format = new Intl.DateTimeFormat(language, {
    timeZone: zone,
    year: thisYear ? undefined : "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: span.to - span.from < SECONDS_UP_TO ? "2-digit" : undefined,
    hourCycle: "h23",
  });
  return format.formatRange(span.from, span.to);
}
