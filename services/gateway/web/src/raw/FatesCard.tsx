// SPDX-License-Identifier: Apache-2.0
//
// What became of a device's newest samples, one line each.
import { Link } from "wouter-preact";

import { useCall } from "../api/call";
import { query } from "../api/clients";
import { formatCount } from "../format/number";
import { formatMoment, toMs } from "../format/time";
import {
  ExplainedSample_Fate as Fate,
  type ExplainedSample,
} from "../gen/millrace/query/v1/query_pb";
import { visibleText } from "../json/tree";
import { reasonText } from "../rejected/reasons";
import { paths } from "../router/paths";
import { text } from "../text/en";
import { Badge, type BadgeKind } from "../ui/Badge";
import { FailureNotice, Notice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { Point } from "./SampleCard";

const words = text.raw;
const EVERY_MS = 5000;
const NEWEST = 6;
const MOST_POINTS = 6;

const KINDS: Record<Fate, BadgeKind> = {
  [Fate.UNSPECIFIED]: "neutral",
  [Fate.REFUSED]: "danger",
  [Fate.IN_FLIGHT]: "accent",
  [Fate.STORED]: "ok",
  [Fate.MERGED]: "ok",
  [Fate.REJECTED]: "danger",
  [Fate.EMPTY]: "warning",
};

export function FatesCard({ app, endpointId }: { app: string; endpointId: string }) {
  const { value, failure, reload } = useCall(
    (signal) =>
      query.explainEndpoint({ applicationName: app, endpointId, limit: NEWEST }, { signal }),
    [app, endpointId],
    { everyMs: EVERY_MS },
  );
  return (
    <section class="card raw-fates" aria-labelledby="raw-fates">
      <h2 id="raw-fates">{words.fatesTitle}</h2>
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {failure && value && <p class="muted small">{words.fatesOld}</p>}
      {!value && !failure && <Skeleton lines={4} />}
      {value?.gaps.map((gap) => (
        <Notice key={gap} kind="warning">
          <span class="break">{visibleText(gap)}</span>
        </Notice>
      ))}
      {value && value.samples.length === 0 && value.gaps.length === 0 && (
        <p class="muted">{words.fatesEmpty}</p>
      )}
      {value && value.samples.length > 0 && (
        <ul class="raw-fate-list">
          {value.samples.slice(0, NEWEST).map((sample, index) => (
            <FateLine
              key={`${sample.correlationId} ${index}`}
              app={app}
              endpointId={endpointId}
              sample={sample}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface FateLineProps {
  app: string;
  endpointId: string;
  sample: ExplainedSample;
}

function FateLine({ app, endpointId, sample }: FateLineProps) {
  const at = toMs(sample.receivedAt ?? sample.timestamp);
  const isRejected = sample.fate === Fate.REJECTED;
  return (
    <li class="raw-fate">
      <span class="raw-fate-time">{at === undefined ? "" : formatMoment(at)}</span>
      <span class="row">
        <Badge kind={KINDS[sample.fate]} dot>
          {words.fates[sample.fate] ?? words.fates[0]}
        </Badge>
        {sample.sampleCount > 1n && (
          <span class="muted small">{words.times(formatCount(sample.sampleCount))}</span>
        )}
      </span>
      <div class="raw-fate-words">
        {sample.fate === Fate.STORED ? (
          <dl class="raw-fate-points">
            {sample.dataPoints.slice(0, MOST_POINTS).map((point) => (
              <div key={point.timeSeriesName}>
                <Point point={point} />
              </div>
            ))}
          </dl>
        ) : (
          <p class="break">
            {isRejected && <strong>{reasonText(sample.reason).title}: </strong>}
            {visibleText(sample.detail) || words.fateMeaning[sample.fate]}
            {sample.partlyStored && `; ${words.partly}`}
          </p>
        )}
        {sample.fate === Fate.STORED && sample.dataPoints.length > MOST_POINTS && (
          <span class="muted small">
            {words.json.more(formatCount(sample.dataPoints.length - MOST_POINTS))}
          </span>
        )}
        {isRejected && <Link href={paths.rejected(app, endpointId)}>{words.toRejected}</Link>}
        {sample.fate === Fate.EMPTY && <Link href={paths.seriesRules(app)}>{words.toRules}</Link>}
      </div>
    </li>
  );
}
