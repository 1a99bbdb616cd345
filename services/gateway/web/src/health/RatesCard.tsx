// SPDX-License-Identifier: Apache-2.0
//
// How much goes through: differences between two answers, as figures and small lines.
import { formatCount, formatRate } from "../format/number";
import { text } from "../text/en";
import { maxReadings, ratesOf, type Reading } from "./readings";
import { sparklinePath } from "./sparkline";

const words = text.health;
const WIDTH = 160;
const HEIGHT = 36;
const MINUTES = 5;

export function RatesCard({ readings }: { readings: readonly Reading[] }) {
  const rates = ratesOf(readings);
  const backlog = readings.map(({ ledger }) =>
    ledger === undefined ? undefined : Number(ledger.messagesInFlight),
  );
  const perSecond = (rate: number) => words.perSecond(formatRate(rate));
  return (
    <section class="card health-card" aria-labelledby="health-rates">
      <div>
        <h2 id="health-rates">{words.rates}</h2>
        <p class="muted small">{words.ratesNote(MINUTES)}</p>
      </div>
      <div class="health-rates">
        <Figure
          name={words.messagesPerSecond}
          values={rates.map((rate) => rate?.messages)}
          format={perSecond}
        />
        <Figure
          name={words.storedPerSecond}
          values={rates.map((rate) => rate?.stored)}
          format={perSecond}
        />
        <Figure
          name={words.rejectedPerSecond}
          values={rates.map((rate) => rate?.rejected)}
          format={perSecond}
          isBad
        />
        <Figure
          name={words.backlog}
          unit={words.backlogUnit}
          values={backlog}
          format={formatCount}
        />
      </div>
    </section>
  );
}

interface FigureProps {
  name: string;
  // Oldest first; undefined: not known.
  values: readonly (number | undefined)[];
  format: (value: number) => string;
  unit?: string;
  isBad?: boolean;
}

function Figure({ name, values, format, unit, isBad }: FigureProps) {
  const newest = values[values.length - 1];
  const isKnown = values.some((value) => value !== undefined);
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  const isAlarming = isBad && newest !== undefined && newest > 0;
  return (
    <div class="health-rate">
      <span class="muted small">{name}</span>
      <span class={isAlarming ? "health-rate-value health-bad" : "health-rate-value"}>
        {newest === undefined ? (
          <span class="muted health-rate-word">{isKnown ? words.notKnown : words.measuring}</span>
        ) : (
          <>
            {format(newest)} {unit && <small class="muted">{unit}</small>}
          </>
        )}
      </span>
      <svg
        class={isAlarming ? "health-line health-bad" : "health-line"}
        viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path
          d={sparklinePath(values, WIDTH, HEIGHT, maxReadings)}
          vector-effect="non-scaling-stroke"
        />
      </svg>
      <span class="muted small">{highest > 0 ? words.highest(format(highest)) : "\u00a0"}</span>
    </div>
  );
}
