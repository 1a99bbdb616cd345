// SPDX-License-Identifier: Apache-2.0
//
// The light that turns on with the first sample; and while it is off, why that may be.
import { useEffect, useState } from "preact/hooks";

import { useAction, useCall } from "../api/call";
import { query, registry } from "../api/clients";
import { applicationsChanged } from "../applications/directory";
import { formatCount } from "../format/number";
import { formatAge, formatExact, formatTime } from "../format/time";
import type { Endpoint } from "../gen/millrace/registry/v1/registry_pb";
import { paths } from "../router/paths";
import { may } from "../session/session";
import { text } from "../text/en";
import { Button, ButtonLink } from "../ui/Button";
import { FailureNotice, Notice } from "../ui/Notice";
import { toast } from "../ui/Toast";
import { advise, wentWrong, type Advice, type Evidence } from "./advice";
import { useLiveSamples, type LiveSample } from "./live_samples";
import "./ArrivalLight.css";

const words = text.connect.light;
const ASK_EVERY_MS = 3000;
// A refusal from a moment before the page was opened is most likely why it was opened.
const LOOK_BACK_MS = 10 * 60_000;

interface ArrivalLightProps {
  endpoint: Endpoint;
  httpUrl: string | undefined;
}

export function ArrivalLight({ endpoint, httpUrl }: ArrivalLightProps) {
  const { applicationName: app, endpointId } = endpoint;
  const { state, samples, received } = useLiveSamples(app, endpointId);
  const on = received > 0;
  // By this page's clock, as receivers' is taken to be: what a device says itself may be any time.
  const [lastArrival, setLastArrival] = useState<number | undefined>();
  useEffect(() => {
    if (received > 0) setLastArrival(Date.now());
  }, [received]);
  return (
    <section class="light card stack" aria-label={words.label}>
      <div class="light-head">
        <span class={on ? "light-lamp light-on" : "light-lamp"} aria-hidden="true" />
        <div>
          <h2>
            <span role="status">
              {on ? words.on : state.kind === "connecting" ? words.connecting : words.waiting}
            </span>
          </h2>
          <p class="muted">{on ? words.onWords(formatCount(received)) : words.waitingWords}</p>
        </div>
      </div>
      {state.kind === "broken" && <p class="muted small">{words.broken}</p>}
      {state.kind === "failed" && <FailureNotice failure={state.failure} />}
      {on ? (
        <>
          <Newest samples={samples} />
          <WhyNot endpoint={endpoint} httpUrl={httpUrl} lastMs={lastArrival} />
          <div>
            <ButtonLink kind="primary" href={paths.device(app, endpointId)}>
              {words.toTelemetry}
            </ButtonLink>
          </div>
        </>
      ) : (
        <WhyNot endpoint={endpoint} httpUrl={httpUrl} />
      )}
    </section>
  );
}

function Newest({ samples }: { samples: readonly LiveSample[] }) {
  return (
    <div class="stack-s">
      <h3>{words.latest}</h3>
      <ul class="light-samples">
        {samples.map((sample) => (
          <li key={sample.timeMs}>
            <time class="muted small" title={formatExact(sample.timeMs)}>
              {formatTime(sample.timeMs)}
            </time>
            <dl>
              {sample.values.map(([name, value]) => (
                <div key={name}>
                  <dt class="muted">{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    </div>
  );
}

async function evidence(
  endpoint: Endpoint,
  sinceMs: number,
  signal: AbortSignal,
): Promise<Evidence> {
  const { applicationName, appVersionName, endpointId } = endpoint;
  const [own, unknown, rules] = await Promise.all([
    query.explainEndpoint({ applicationName, endpointId, limit: 5 }, { signal }),
    query.explainEndpoint({ appVersionName, limit: 5 }, { signal }),
    registry.getSeriesRules({ applicationName }, { signal }),
  ]);
  return { samples: own.samples, unknown: unknown.samples, rules: rules.seriesRules, sinceMs };
}

// `lastMs`: when the newest data came; then only what went wrong after it is said.
function WhyNot({ endpoint, httpUrl, lastMs }: ArrivalLightProps & { lastMs?: number }) {
  const [sinceMs] = useState(() => Date.now() - LOOK_BACK_MS);
  const { value, failure, reload } = useCall(
    (signal) => evidence(endpoint, sinceMs, signal),
    [endpoint.endpointId],
    { everyMs: ASK_EVERY_MS },
  );
  if (failure) return <FailureNotice failure={failure} onRetry={reload} />;
  if (value === undefined) return null;
  const advice = advise(value);
  if (lastMs !== undefined && !(wentWrong(advice) && (advice.atMs ?? 0) > lastMs)) return null;
  return <Advised advice={advice} endpoint={endpoint} httpUrl={httpUrl} onChanged={reload} />;
}

interface AdvisedProps extends ArrivalLightProps {
  advice: Advice;
  onChanged: () => void;
}

function Advised({ advice, endpoint, httpUrl, onChanged }: AdvisedProps) {
  const said = text.connect.advice;
  const { applicationName: app, endpointId } = endpoint;
  const when = "atMs" in advice && advice.atMs !== undefined && (
    <p class="small">{said.when(formatAge(advice.atMs))}</p>
  );
  switch (advice.kind) {
    case "rulesTakeNothing":
      return <RulesTakeNothing app={app} onChanged={onChanged} />;
    case "refused":
      return (
        <Notice
          kind="failure"
          title={said.refused(advice.status)}
          actions={
            <ButtonLink size="s" href={paths.device(app, endpointId, "tokens")}>
              {text.connect.toTokens}
            </ButtonLink>
          }
        >
          <p class="break">{advice.detail}</p>
          {when}
        </Notice>
      );
    case "unknownToken":
      return (
        <Notice kind="warning" title={said.unknownToken}>
          <p>{said.unknownTokenWords}</p>
          <p class="small break">{advice.detail}</p>
          {when}
        </Notice>
      );
    case "empty":
      return (
        <Notice
          kind="warning"
          title={said.empty}
          actions={
            <>
              <ButtonLink size="s" href={paths.seriesRules(app)}>
                {said.openRules}
              </ButtonLink>
              <ButtonLink size="s" href={paths.device(app, endpointId, "raw")}>
                {said.openRaw}
              </ButtonLink>
            </>
          }
        >
          <p>{said.emptyWords}</p>
          {when}
        </Notice>
      );
    case "rejected":
      return (
        <Notice
          kind="failure"
          title={said.rejected}
          actions={
            <ButtonLink size="s" href={paths.rejected(app, endpointId)}>
              {said.openRejected}
            </ButtonLink>
          }
        >
          <p class="break">{advice.detail}</p>
          {when}
        </Notice>
      );
    case "inFlight":
      return <Notice>{said.inFlight}</Notice>;
    case "earlier":
      return <p class="muted small">{said.earlier(formatAge(advice.storedMs))}</p>;
    case "silent":
      return (
        <div class="muted small stack-s">
          <p>{said.silent}</p>
          {httpUrl !== undefined && <p class="break">{said.silentWords(httpUrl)}</p>}
        </div>
      );
  }
}

function RulesTakeNothing({ app, onChanged }: { app: string; onChanged: () => void }) {
  const said = text.connect.advice;
  const { run, running, failure } = useAction((signal) =>
    registry.updateApplication({ name: app, autoExtract: true }, { signal }),
  );
  const turnOn = async () => {
    if ((await run()) === undefined) return;
    toast(said.turnedOn);
    applicationsChanged();
    onChanged();
  };
  return (
    <>
      <Notice
        kind="warning"
        title={said.rulesTakeNothing}
        actions={
          <>
            {may("operator") && (
              <Button size="s" kind="primary" busy={running} onClick={turnOn}>
                {said.turnOn}
              </Button>
            )}
            <ButtonLink size="s" href={paths.seriesRules(app)}>
              {said.openRules}
            </ButtonLink>
          </>
        }
      >
        {said.rulesTakeNothingWords}
      </Notice>
      {failure && <FailureNotice failure={failure} />}
    </>
  );
}
