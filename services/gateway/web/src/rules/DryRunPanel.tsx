// SPDX-License-Identifier: Apache-2.0
//
// Beside the form: samples, and what the rules of the form would make of them, again with each change.
import { useEffect, useMemo, useState } from "preact/hooks";

import { query, registry } from "../api/clients";
import { useCall } from "../api/call";
import { EndpointPicker } from "../devices/EndpointPicker";
import type { SeriesRules } from "../gen/millrace/configuration/v1/configuration_pb";
import type { Path } from "../json/path";
import type { JsonNode } from "../json/tree";
import { SampleCard } from "../raw/SampleCard";
import { useQueryParam } from "../router/query";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { TextArea } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { Segments } from "../ui/Segments";
import { Skeleton } from "../ui/Skeleton";
import { DryRun, type DryRunSource, type DryRunState } from "./dry_run";
import { useSettled } from "./settled";

const words = text.rules;
const TYPING_MS = 400;

type Kind = DryRunSource["kind"];
const KINDS: Kind[] = ["next", "rejected", "pasted"];

interface DryRunPanelProps {
  app: string;
  rules: SeriesRules;
  // Then `rules` are older ones.
  isFaulty: boolean;
  onPick?: (path: Path, node: JsonNode) => void;
}

export function DryRunPanel({ app, rules, isFaulty, onPick }: DryRunPanelProps) {
  const [chosen, setKind] = useQueryParam("try");
  const [endpointId, setEndpoint] = useQueryParam("device");
  const [pasted, setPasted] = useState("");
  const kind: Kind = KINDS.find((one) => one === chosen) ?? "next";
  const firstDevice = useFirstDevice(app, endpointId);
  const typed = useSettled(pasted, TYPING_MS);
  const run = useMemo(
    () => new DryRun(app, (request, signal) => query.trySeriesRules(request, { signal })),
    [app],
  );
  const source = useMemo<DryRunSource | undefined>(() => {
    if (kind === "rejected") return { kind, endpointId };
    if (kind === "pasted") return typed.trim() === "" ? undefined : { kind, text: typed };
    const device = endpointId || firstDevice;
    return device ? { kind, endpointId: device } : undefined;
  }, [kind, endpointId, firstDevice, typed]);

  useEffect(() => {
    if (source) void run.run(source, rules);
    else run.stop();
  }, [run, source, rules]);
  useEffect(() => () => run.stop(), [run]);

  return (
    <aside class="rules-dry" aria-label={words.dryTitle}>
      <div class="card rules-card">
        <div class="row">
          <h2 class="grow">{words.dryTitle}</h2>
          {source && <StateBadge state={run.state.value} />}
        </div>
        <p class="muted small">{words.dryIntro}</p>
        <Segments
          label={words.drySource}
          value={kind}
          options={KINDS.map((value) => ({ value, label: words.drySources[value] }))}
          onValue={(value) => setKind(value === "next" ? undefined : value)}
        />
        {kind === "pasted" ? (
          <TextArea
            label={words.dryPaste}
            placeholder={words.dryPasteExample}
            value={pasted}
            onValue={setPasted}
            rows={5}
            mono
          />
        ) : (
          <EndpointPicker
            app={app}
            label={kind === "next" ? words.dryEndpoint : words.dryAnyEndpoint}
            value={endpointId || (kind === "next" ? (firstDevice ?? "") : "")}
            onValue={setEndpoint}
          />
        )}
        {isFaulty && <Notice kind="warning">{words.dryFaulty}</Notice>}
      </div>
      {kind === "next" && !source && (
        <p class="muted">{firstDevice === "" ? words.dryNoEndpoints : words.dryNoEndpoint}</p>
      )}
      {source && <Results run={run} source={source} rules={rules} onPick={onPick} />}
    </aside>
  );
}

// "": there is none. A device is shown without a choice where there is one, since most want to look at just any.
function useFirstDevice(app: string, chosen: string): string | undefined {
  const { value } = useCall(
    async (signal) => {
      const page = await registry.listEndpoints({ applicationName: app, pageSize: 1 }, { signal });
      return page.endpoints[0]?.endpointId ?? "";
    },
    [app],
    { enabled: chosen === "" },
  );
  return value;
}

function StateBadge({ state }: { state: DryRunState }) {
  if (state.kind === "listening") {
    return (
      <Badge kind="ok" dot>
        {words.dryListening}
      </Badge>
    );
  }
  return state.kind === "trying" ? <Badge>{words.dryTrying}</Badge> : null;
}

interface ResultsProps {
  run: DryRun;
  source: DryRunSource;
  rules: SeriesRules;
  onPick?: DryRunPanelProps["onPick"];
}

function Results({ run, source, rules, onPick }: ResultsProps) {
  const samples = run.samples.value;
  const state = run.state.value;
  return (
    <div class="stack">
      <span class="sr-only" role="status">
        {samples.length > 0 && words.drySamples(samples.length)}
      </span>
      {(state.kind === "failed" || state.kind === "broken") && (
        <FailureNotice failure={state.failure} onRetry={() => void run.run(source, rules)} />
      )}
      {samples.length === 0 && <Nothing source={source} state={state} />}
      {samples.length > 0 && onPick && <p class="muted small">{words.dryPick}</p>}
      {samples.map(({ id, tried }) => (
        <SampleCard
          key={id}
          tried={tried}
          rules={rules}
          onPick={onPick}
          showEndpoint={source.kind === "rejected"}
        />
      ))}
    </div>
  );
}

function Nothing({ source, state }: { source: DryRunSource; state: DryRunState }) {
  if (state.kind === "trying") return <Skeleton height={140} />;
  if (source.kind === "next" && state.kind === "listening") {
    return (
      <div class="rules-waiting">
        <p>{words.dryWaiting(source.endpointId)}</p>
        <p class="muted small">{words.dryWaitingHint}</p>
      </div>
    );
  }
  if (source.kind === "rejected" && state.kind === "done") {
    return <p class="muted">{words.dryNoRejected}</p>;
  }
  return null;
}
