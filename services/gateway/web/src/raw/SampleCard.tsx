// SPDX-License-Identifier: Apache-2.0
//
// One sample and what series rules make of it: the JSON with its marks, the points, what was refused and why.
import type { SeriesRules } from "../gen/millrace/configuration/v1/configuration_pb";
import type { TriedPoint, TriedRejection, TriedSample } from "../gen/millrace/query/v1/query_pb";
import { formatExact, toMs } from "../format/time";
import { JsonView } from "../json/JsonView";
import { marksOf } from "../json/marks";
import type { Path } from "../json/path";
import { shortText, visibleText, type JsonNode } from "../json/tree";
import { reasonText } from "../rejected/reasons";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { CopyButton } from "../ui/CopyButton";
import { namedValueText } from "./named_value";
import { isTimeOfReceipt, outcomeOf } from "./outcome";
import "./SampleCard.css";

interface SampleCardProps {
  tried: TriedSample;
  // Those it was tried with.
  rules?: SeriesRules;
  onPick?: (path: Path, node: JsonNode) => void;
  showEndpoint?: boolean;
}

export function SampleCard({ tried, rules, onPick, showEndpoint }: SampleCardProps) {
  const receivedMs = toMs(tried.receivedAt);
  const time = receivedMs === undefined ? "" : formatExact(receivedMs);
  return (
    <article class="sample" aria-label={text.raw.sampleAt(time)}>
      <header class="sample-head">
        <span class="sample-time">{time}</span>
        <OutcomeBadge tried={tried} />
        {showEndpoint && <span class="muted break">{tried.endpointId}</span>}
        <span class="grow" />
        {tried.sample !== "" && <CopyButton value={tried.sample} label={text.raw.copySample} />}
      </header>
      <div class="sample-body">
        {tried.sample === "" ? (
          <p class="muted">{text.raw.noText}</p>
        ) : (
          <JsonView json={tried.sample} marks={marksOf(tried, rules)} onPick={onPick} />
        )}
        <Yield tried={tried} />
      </div>
    </article>
  );
}

export function OutcomeBadge({ tried }: { tried: TriedSample }) {
  const outcome = outcomeOf(tried);
  const points = tried.dataPoints.length;
  switch (outcome) {
    case "refused":
      return (
        <Badge kind="danger" dot>
          {text.raw.wholeRefused}
        </Badge>
      );
    case "partly":
      return (
        <>
          {points > 0 && <Badge kind="ok">{text.raw.points(points)}</Badge>}
          <Badge kind="danger" dot>
            {text.raw.refused(tried.rejections.length)}
          </Badge>
        </>
      );
    case "empty":
      return <Badge>{text.raw.nothing}</Badge>;
    case "points":
      return (
        <Badge kind="ok" dot>
          {text.raw.points(points)}
        </Badge>
      );
  }
}

// What would come of it.
export function Yield({ tried }: { tried: TriedSample }) {
  const timeMs = toMs(tried.timestamp);
  const outcome = outcomeOf(tried);
  return (
    <div class="sample-yield">
      {tried.rejections.map((rejection, index) => (
        <Refusal key={index} rejection={rejection} />
      ))}
      {tried.dataPoints.length > 0 && (
        <dl class="sample-points" aria-label={text.raw.gives}>
          {tried.dataPoints.map((point) => (
            <Point key={point.timeSeriesName} point={point} />
          ))}
        </dl>
      )}
      {outcome === "empty" && <p class="muted small">{text.raw.givesNothing}</p>}
      {timeMs !== undefined && tried.dataPoints.length > 0 && (
        <p class="muted small">
          {isTimeOfReceipt(tried)
            ? text.raw.timeOfReceipt
            : text.raw.timeOfSample(formatExact(timeMs))}
        </p>
      )}
    </div>
  );
}

export function Point({ point }: { point: TriedPoint }) {
  const isAlone = point.values.length === 1 && point.values[0]?.name === "value";
  return (
    <>
      <dt>{point.timeSeriesName}</dt>
      <dd>
        {point.values.map((value) => (
          <span key={value.name} class="sample-value">
            {!isAlone && <span class="muted">{visibleText(value.name)} </span>}
            {shortText(namedValueText(value), 80)}
          </span>
        ))}
      </dd>
    </>
  );
}

function Refusal({ rejection }: { rejection: TriedRejection }) {
  return (
    <div class="sample-refusal">
      <strong>{reasonText(rejection.reason).title}</strong>
      {rejection.path !== "" && (
        <code class="break"> {text.raw.at(visibleText(rejection.path))}</code>
      )}
      <p class="break small">{visibleText(rejection.detail)}</p>
    </div>
  );
}
