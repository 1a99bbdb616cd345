// SPDX-License-Identifier: Apache-2.0
//
// What a device sends, as it sends it: above, what became of the newest samples; below, a live tap.
import { useMemo, useState } from "preact/hooks";

import { useCall } from "../api/call";
import { registry } from "../api/clients";
import { formatCount } from "../format/number";
import type { SeriesRules } from "../gen/millrace/configuration/v1/configuration_pb";
import { paths } from "../router/paths";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button, ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";
import { Select } from "../ui/Select";
import { Skeleton } from "../ui/Skeleton";
import { FatesCard } from "./FatesCard";
import { matches, type RecentSample, type SampleChoice } from "./recent_samples";
import { SampleCard } from "./SampleCard";
import { useTap, type Tap } from "./tap";
import "./RawPanel.css";

const words = text.raw;
const CHOICES: SampleChoice[] = ["all", "rejected", "empty"];
const SHOWN = 25;
const RULES_MS = 15_000;

export function RawPanel({ app, endpointId }: { app: string; endpointId: string }) {
  const tap = useTap(app, endpointId);
  const rules = useCall(
    (signal) => registry.getSeriesRules({ applicationName: app }, { signal }),
    [app],
    { everyMs: RULES_MS },
  );
  return (
    <div class="raw">
      <FatesCard app={app} endpointId={endpointId} />
      <section class="stack" aria-labelledby="raw-title">
        <div>
          <h2 id="raw-title">{words.title}</h2>
          <p class="muted small">{words.intro}</p>
        </div>
        <Samples app={app} endpointId={endpointId} tap={tap} rules={rules.value?.seriesRules} />
      </section>
    </div>
  );
}

interface SamplesProps {
  app: string;
  endpointId: string;
  tap: Tap;
  rules: SeriesRules | undefined;
}

function Samples({ app, endpointId, tap, rules }: SamplesProps) {
  const [choice, setChoice] = useState<SampleChoice>("all");
  const [search, setSearch] = useState("");
  const [most, setMost] = useState(SHOWN);
  const { shown, count } = tap.samples;
  const found = shown.filter(({ tried }) => matches(tried, choice, search));
  return (
    <>
      <div class="raw-bar">
        <TapBadge tap={tap} />
        <Button
          icon={tap.samples.isPaused ? "play" : "pause"}
          onClick={() => tap.pause(!tap.samples.isPaused)}
        >
          {tap.samples.isPaused ? words.resume : words.pause}
        </Button>
        {tap.samples.held.length > 0 && (
          <Badge kind="accent">{words.held(formatCount(tap.samples.held.length))}</Badge>
        )}
        {count > 0 && (
          <>
            <Button kind="quiet" onClick={tap.clear}>
              {words.clear}
            </Button>
            <span class="muted small" role="status">
              {words.count(formatCount(shown.length), formatCount(count))}
            </span>
          </>
        )}
        <span class="grow" />
        <div class="raw-filter">
          <Select
            label={words.choice}
            hideLabel
            value={choice}
            options={CHOICES.map((value) => ({ value, label: words.choices[value] }))}
            onValue={setChoice}
          />
          <TextField
            label={words.search}
            hideLabel
            type="search"
            placeholder={words.search}
            value={search}
            onValue={setSearch}
          />
        </div>
      </div>
      {(tap.state.kind === "broken" || tap.state.kind === "failed") && (
        <>
          <FailureNotice failure={tap.state.failure} onRetry={tap.retry} />
          {tap.state.kind === "broken" && <p class="muted small">{words.retrying}</p>}
        </>
      )}
      {count === 0 && tap.state.kind === "connecting" && <Skeleton height={160} />}
      {shown.length === 0 && tap.state.kind === "listening" && (
        <Empty
          icon="device"
          title={words.waitingTitle}
          actions={
            <ButtonLink href={paths.device(app, endpointId, "connect")}>{words.connect}</ButtonLink>
          }
        >
          {words.waitingWords}
        </Empty>
      )}
      {shown.length > 0 && found.length === 0 && <p class="muted">{words.noneMatch}</p>}
      {found.slice(0, most).map((sample) => (
        <Kept key={sample.id} sample={sample} rules={rules} />
      ))}
      {found.length > most && (
        <div>
          <Button onClick={() => setMost(most + 50)}>
            {words.json.more(formatCount(found.length - most))}
          </Button>
        </div>
      )}
    </>
  );
}

// Drawn once: with each sample that comes, only that one is.
function Kept({ sample, rules }: { sample: RecentSample; rules: SeriesRules | undefined }) {
  return useMemo(
    () => (
      <div class="raw-sample">
        <SampleCard tried={sample.tried} rules={rules} />
      </div>
    ),
    [sample, rules],
  );
}

function TapBadge({ tap }: { tap: Tap }) {
  if (tap.state.kind !== "listening") return null;
  return tap.samples.isPaused ? (
    <Badge kind="warning" dot>
      {words.paused}
    </Badge>
  ) : (
    <Badge kind="ok" dot>
      {words.listening}
    </Badge>
  );
}
