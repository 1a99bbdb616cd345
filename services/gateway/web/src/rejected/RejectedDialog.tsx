// SPDX-License-Identifier: Apache-2.0
//
// One rejected sample: what was wrong with which value, what to do, and what the rules in force would make of it.
import { useMemo, useState } from "preact/hooks";

import { useAction, useCall } from "../api/call";
import { query, registry } from "../api/clients";
import { formatCount } from "../format/number";
import { formatExact, toMs } from "../format/time";
import type { RejectedSample, TriedSample } from "../gen/millrace/query/v1/query_pb";
import { JsonView } from "../json/JsonView";
import type { Marks } from "../json/marks";
import { visibleText } from "../json/tree";
import { SampleCard, Yield } from "../raw/SampleCard";
import { outcomeOf, withOrigin } from "../raw/outcome";
import { paths } from "../router/paths";
import { text } from "../text/en";
import { Button, ButtonLink } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Dialog } from "../ui/Dialog";
import { FailureNotice, Notice } from "../ui/Notice";
import { reasonText } from "./reasons";

const words = text.rejected;
const MOST_SHOWN = 10;

interface RejectedDialogProps {
  app: string;
  sample: RejectedSample;
  onClose: () => void;
}

export function RejectedDialog({ app, sample, onClose }: RejectedDialogProps) {
  const reason = reasonText(sample.reason);
  const marks = useMemo<Marks>(
    () => (sample.path === "" ? new Map() : new Map([[sample.path, "refused"]])),
    [sample],
  );
  return (
    <Dialog title={reason.title} wide onClose={onClose}>
      <div class="stack-s">
        <p>{reason.what}</p>
        <p class="break">
          <strong>{visibleText(sample.detail)}</strong>
        </p>
      </div>
      <Notice
        title={words.whatToDo}
        actions={
          <>
            {reason.place === "rules" && (
              <ButtonLink
                size="s"
                href={`${paths.seriesRules(app)}?try=rejected&device=${encodeURIComponent(sample.endpointId)}`}
              >
                {words.toRules}
              </ButtonLink>
            )}
            <ButtonLink size="s" href={paths.device(app, sample.endpointId, "raw")}>
              {words.toDevice}
            </ButtonLink>
          </>
        }
      >
        {reason.todo}
      </Notice>
      <Facts sample={sample} />
      <div class="rejected-json">
        <JsonView json={sample.sample} marks={marks} />
        <CopyButton value={sample.sample} label={text.raw.copySample} />
      </div>
      {sample.sampleCut ? <p class="muted">{words.cut}</p> : <Trial app={app} sample={sample} />}
    </Dialog>
  );
}

function Facts({ sample }: { sample: RejectedSample }) {
  const facts: [string, string][] = [
    [words.when, formatExact(toMs(sample.receivedAt) ?? 0)],
    [words.endpoint, sample.endpointId],
    [words.version, sample.appVersionName],
    [words.path, visibleText(sample.path)],
    [words.value, visibleText(sample.value)],
    [
      words.rulesVersion,
      sample.rulesVersion > 0n ? text.rules.version(String(sample.rulesVersion)) : "",
    ],
    [words.correlation, sample.correlationId],
  ];
  return (
    <>
      <dl class="rejected-facts">
        {facts
          .filter(([, fact]) => fact !== "")
          .map(([name, fact]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="break">{fact}</dd>
            </div>
          ))}
      </dl>
      <p class="muted small">
        {sample.sampleCount > 1
          ? words.stands(formatCount(sample.sampleCount))
          : sample.partlyStored
            ? words.partly
            : words.notPartly}
      </p>
    </>
  );
}

function verdict(tried: readonly TriedSample[]): string {
  const outcomes = new Set(tried.map(outcomeOf));
  if (outcomes.size === 1 && outcomes.has("empty")) return words.tryNothing;
  if (outcomes.has("partly") || (outcomes.has("refused") && outcomes.size > 1))
    return words.tryPartly;
  return outcomes.has("refused") ? words.tryBad : words.tryGood;
}

function Trial({ app, sample }: { app: string; sample: RejectedSample }) {
  const rules = useCall(
    (signal) => registry.getSeriesRules({ applicationName: app }, { signal }),
    [app],
  );
  const trial = useAction(async (signal) => {
    const dataSamples = new TextEncoder().encode(sample.sample);
    const tried: TriedSample[] = [];
    const answers = query.trySeriesRules(
      { applicationName: app, source: { case: "given", value: { dataSamples } } },
      { signal },
    );
    // An upload that was refused as a whole gives several, each with a time of its own.
    for await (const one of answers) {
      tried.push(sample.sampleCount > 1 ? one : withOrigin(one, sample));
    }
    return tried;
  });
  const [result, setResult] = useState<readonly TriedSample[] | undefined>();
  const run = async () => {
    setResult(undefined);
    setResult(await trial.run());
  };
  return (
    <div class="stack-s">
      <div>
        <Button icon="play" busy={trial.running} onClick={() => void run()}>
          {words.tryNow}
        </Button>
      </div>
      {trial.failure && <FailureNotice failure={trial.failure} onRetry={() => void run()} />}
      {result && (
        <>
          <Notice kind={verdict(result) === words.tryGood ? "ok" : "warning"}>
            <p>{verdict(result)}</p>
            <p class="small">{words.tryLimits}</p>
          </Notice>
          {result.length === 1
            ? result.map((tried, index) => <Yield key={index} tried={tried} />)
            : result
                .slice(0, MOST_SHOWN)
                .map((tried, index) => (
                  <SampleCard key={index} tried={tried} rules={rules.value?.seriesRules} />
                ))}
        </>
      )}
    </div>
  );
}
