// SPDX-License-Identifier: Apache-2.0
import { locale } from "../format/time";
import type { TickWords } from "./time_ticks";

// How the time axis writes, in a zone and in the browser's language.
export function tickWords(zone: string): TickWords {
  const make = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone });
    return (instant: number) => format.format(instant);
  };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const times = {
    minutes: make(clock),
    seconds: make({ ...clock, second: "2-digit" }),
    milliseconds: make({ ...clock, second: "2-digit", fractionalSecondDigits: 3 }),
  };
  return {
    time: (instant, digits) => times[digits](instant),
    day: make({ day: "numeric", month: "short" }),
    month: make({ month: "short" }),
    year: make({ year: "numeric" }),
  };
}
