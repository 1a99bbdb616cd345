// SPDX-License-Identifier: Apache-2.0
import { formatCount } from "../format/number";
import { formatMoment, toMs } from "../format/time";
import type { Ledger } from "../gen/millrace/query/v1/diagnosis_pb";
import { text } from "../text/en";
import { ledgerState } from "./readings";

const words = text.health;

export function ledgerSentence(ledger: Ledger | undefined): string {
  const received = formatCount(ledger?.messagesReceived ?? 0n);
  switch (ledgerState(ledger)) {
    case "balanced":
      return ledger?.messagesReceived === 0n ? words.noMessages : words.balanced(received);
    case "inFlight":
      return words.inFlight(received, formatCount(ledger?.messagesInFlight ?? 0n));
    case "missing":
      return words.missing(received, formatCount(ledger?.difference ?? 0n));
    case "unknown":
      return ledger ? words.unknown : words.notYet;
  }
}

export function LedgerCard({ ledger }: { ledger: Ledger | undefined }) {
  const since = toMs(ledger?.since);
  const state = ledgerState(ledger);
  return (
    <section class={`card health-card health-ledger health-ledger-${state}`}>
      <h2>{words.ledger}</h2>
      <p class="health-sentence">{ledgerSentence(ledger)}</p>
      {ledger && <Samples ledger={ledger} />}
      {since !== undefined && <p class="muted small">{words.since(formatMoment(since))}</p>}
      {ledger && ledger.messagesTerminated > 0n && (
        <p class="small">{words.terminated(formatCount(ledger.messagesTerminated))}</p>
      )}
    </section>
  );
}

function Samples({ ledger }: { ledger: Ledger }) {
  const figures: [string, bigint][] = [
    [words.stored, ledger.samplesStored],
    [words.merged, ledger.samplesMerged],
    [words.rejected, ledger.samplesRejected],
    [words.empty, ledger.samplesEmpty],
  ];
  return (
    <dl class="health-figures" aria-label={words.samples}>
      {figures.map(([name, count]) => (
        <div key={name}>
          <dd>{formatCount(count)}</dd>
          <dt>{name}</dt>
        </div>
      ))}
    </dl>
  );
}
