// SPDX-License-Identifier: Apache-2.0
//
// Whether everything that was received came to an end, and how each part of the deployment is.
import { useEffect, useState } from "preact/hooks";

import { useCall, type Call } from "../api/call";
import { query } from "../api/clients";
import { formatAge, formatMoment, formatTime } from "../format/time";
import type { DiagnoseResponse } from "../gen/millrace/query/v1/diagnosis_pb";
import { PageHeader } from "../shell/PageHeader";
import { RequireRole } from "../shell/RequireRole";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { FailureNotice, Notice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { FindingsCard, verdictOf } from "./FindingsCard";
import { LedgerCard } from "./LedgerCard";
import { PartsCard } from "./PartsCard";
import { RatesCard } from "./RatesCard";
import { withReading, type Reading } from "./readings";
import "./HealthPage.css";

const words = text.health;
const EVERY_MS = 5000;

export function HealthPage() {
  return (
    <RequireRole unbound>
      <Diagnosis />
    </RequireRole>
  );
}

interface Asked {
  answer: DiagnoseResponse;
  // By the clock of this page.
  atMs: number;
}

function Diagnosis() {
  const call = useCall(
    async (signal): Promise<Asked> => ({
      answer: await query.diagnose({}, { signal }),
      atMs: Date.now(),
    }),
    [],
    { everyMs: EVERY_MS },
  );
  const readings = useReadings(call);
  const verdict = call.value && !call.failure ? verdictOf(call.value.answer) : undefined;
  return (
    <>
      <PageHeader
        title={words.title}
        note={words.intro}
        actions={
          <>
            {verdict && (
              <Badge kind={verdict.kind} dot>
                {verdict.words}
              </Badge>
            )}
            {call.value && !call.failure && (
              <span class="muted small">{words.refreshed(formatTime(call.value.atMs))}</span>
            )}
          </>
        }
      />
      {call.failure && <Away call={call} />}
      {!call.value && !call.failure && <Skeleton height={420} />}
      {call.value && (
        <Answer answer={call.value.answer} readings={readings} isOld={call.failure !== undefined} />
      )}
    </>
  );
}

// What the page has seen since it was opened; an answer that failed is a gap.
function useReadings(call: Call<Asked>): readonly Reading[] {
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  const { value, failure } = call;
  useEffect(() => {
    if (value) {
      setReadings((before) =>
        withReading(before, { atMs: value.atMs, ledger: value.answer.ledger }),
      );
    }
  }, [value]);
  useEffect(() => {
    if (failure)
      setReadings((before) => withReading(before, { atMs: Date.now(), ledger: undefined }));
  }, [failure]);
  return readings;
}

// query answers only who has a valid key, which the registry checks over NATS: when they are away, this is all that is left.
function Away({ call }: { call: Call<Asked> }) {
  return (
    <>
      {call.failure && <FailureNotice failure={call.failure} onRetry={call.reload} />}
      {call.failure?.kind === "temporary" && (
        <Notice kind="warning" title={words.awayTitle}>
          <p>{words.awayWords}</p>
          <p>{words.awayUploads}</p>
          <p>{words.awayAsk}</p>
        </Notice>
      )}
      {call.value && (
        <p class="muted" title={formatMoment(call.value.atMs)}>
          {words.stale(formatAge(call.value.atMs))}
        </p>
      )}
    </>
  );
}

interface AnswerProps {
  answer: DiagnoseResponse;
  readings: readonly Reading[];
  isOld: boolean;
}

function Answer({ answer, readings, isOld }: AnswerProps) {
  return (
    <div class={isOld ? "health health-old" : "health"}>
      <LedgerCard ledger={answer.ledger} />
      <RatesCard readings={readings} />
      <FindingsCard findings={answer.findings} />
      <PartsCard parts={answer.parts} />
    </div>
  );
}
