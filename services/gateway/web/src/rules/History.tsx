// SPDX-License-Identifier: Apache-2.0
//
// Every version of the rules, newest first: who made it and what for, what is different between any two, and the way back.
import { useState } from "preact/hooks";

import { useAction, useCall } from "../api/call";
import { registry } from "../api/clients";
import { applicationsChanged } from "../applications/directory";
import { formatMoment, toMs } from "../format/time";
import type { SeriesRulesVersion } from "../gen/millrace/registry/v1/registry_pb";
import { visibleText } from "../json/tree";
import { setQuery, useQueryParam } from "../router/query";
import { may } from "../session/session";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";
import { Select } from "../ui/Select";
import { Skeleton } from "../ui/Skeleton";
import { Table } from "../ui/Table";
import { toast } from "../ui/Toast";
import { ChangesTable } from "./ChangesTable";
import "./RulesEditor.css";

const words = text.rules;
const PAGE = 100;

interface HistoryProps {
  app: string;
  newest: SeriesRulesVersion;
  onRestored: (version: SeriesRulesVersion) => void;
}

function numberOf(version: SeriesRulesVersion): string {
  return String(version.seriesRules?.version ?? 0n);
}

export function History({ app, newest, onRestored }: HistoryProps) {
  const [size, setSize] = useState(PAGE);
  const [restoring, setRestoring] = useState<SeriesRulesVersion | undefined>();
  const { value, failure, reload } = useCall(
    (signal) => listVersions(app, size, signal),
    [app, numberOf(newest), size],
  );
  const versions = value?.versions ?? [];
  return (
    <div class="stack">
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {!value && !failure && <Skeleton lines={8} />}
      {versions.length > 1 && <Comparison app={app} versions={versions} />}
      {value && (
        <Versions
          versions={versions}
          newest={numberOf(newest)}
          onRestore={may("operator") ? setRestoring : undefined}
        />
      )}
      {value?.hasMore && (
        <div>
          <Button onClick={() => setSize(size + 300)}>{words.historyMore}</Button>
        </div>
      )}
      {restoring && (
        <RestoreDialog
          app={app}
          version={restoring}
          newest={newest}
          onRestored={onRestored}
          onClose={() => setRestoring(undefined)}
        />
      )}
    </div>
  );
}

async function listVersions(app: string, most: number, signal: AbortSignal) {
  const versions: SeriesRulesVersion[] = [];
  let pageToken = "";
  do {
    const page = await registry.listSeriesRulesVersions(
      { applicationName: app, pageSize: PAGE, pageToken },
      { signal },
    );
    versions.push(...page.versions);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && versions.length < most);
  return { versions, hasMore: pageToken !== "" };
}

interface VersionsProps {
  versions: readonly SeriesRulesVersion[];
  newest: string;
  onRestore?: (version: SeriesRulesVersion) => void;
}

function Versions({ versions, newest, onRestore }: VersionsProps) {
  return (
    <Table
      label={words.historyTitle}
      rows={versions}
      rowKey={numberOf}
      columns={[
        {
          key: "version",
          title: words.historyVersion,
          rowHeader: true,
          width: "130px",
          cell: (version) => (
            <span class="row">
              <strong>{numberOf(version)}</strong>
              {numberOf(version) === newest && <Badge kind="accent">{words.current}</Badge>}
            </span>
          ),
        },
        {
          key: "when",
          title: words.historyWhen,
          width: "190px",
          cell: (version) => formatMoment(toMs(version.createdAt) ?? 0),
        },
        {
          key: "who",
          title: words.historyWho,
          wideOnly: true,
          cell: (version) => visibleText(version.createdBy),
        },
        {
          key: "comment",
          title: words.historyComment,
          wideOnly: true,
          cell: (version) => (
            <span title={visibleText(version.comment)}>{visibleText(version.comment)}</span>
          ),
        },
        {
          key: "restore",
          title: words.restore,
          hideTitle: true,
          align: "end",
          width: "110px",
          cell: (version) =>
            onRestore &&
            numberOf(version) !== newest && (
              <Button
                size="s"
                label={words.restoreVersion(numberOf(version))}
                onClick={() => onRestore(version)}
              >
                {words.restore}
              </Button>
            ),
        },
      ]}
    />
  );
}

function Comparison({ app, versions }: { app: string; versions: readonly SeriesRulesVersion[] }) {
  const [to] = useQueryParam("to");
  const [from] = useQueryParam("from");
  const numbers = versions.map(numberOf);
  const newer = numbers.includes(to) ? to : (numbers[0] ?? "");
  const before = numbers[numbers.indexOf(newer) + 1] ?? newer;
  const older = numbers.includes(from) ? from : before;
  const { value, failure, reload } = useCall(
    (signal) =>
      registry.diffSeriesRules(
        {
          applicationName: app,
          fromVersion: BigInt(older),
          target: { case: "toVersion", value: BigInt(newer) },
        },
        { signal },
      ),
    [app, older, newer],
  );
  const options = numbers.map((number) => ({ value: number, label: words.version(number) }));
  return (
    <section class="card rules-card" aria-label={words.compareTitle(older, newer)}>
      <div class="rules-compare">
        <Select
          label={words.compareFrom}
          value={older}
          options={options}
          onValue={(number) => setQuery({ from: number, to: newer })}
        />
        <Select
          label={words.compareTo}
          value={newer}
          options={options}
          onValue={(number) => setQuery({ from: older, to: number })}
        />
      </div>
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {value ? <ChangesTable diff={value} /> : !failure && <Skeleton lines={2} />}
    </section>
  );
}

interface RestoreDialogProps {
  app: string;
  version: SeriesRulesVersion;
  newest: SeriesRulesVersion;
  onRestored: (version: SeriesRulesVersion) => void;
  onClose: () => void;
}

function RestoreDialog({ app, version, newest, onRestored, onClose }: RestoreDialogProps) {
  const number = numberOf(version);
  const [comment, setComment] = useState(words.restoreComment(number));
  const diff = useCall(
    (signal) =>
      registry.diffSeriesRules(
        {
          applicationName: app,
          fromVersion: newest.seriesRules?.version ?? 0n,
          target: { case: "toVersion", value: version.seriesRules?.version ?? 0n },
        },
        { signal },
      ),
    [app, number, numberOf(newest)],
  );
  const apply = useAction((signal) =>
    registry.applySeriesRules(
      {
        applicationName: app,
        seriesRules: version.seriesRules,
        expectedVersion: newest.seriesRules?.version ?? 0n,
        comment,
      },
      { signal },
    ),
  );
  const restore = async () => {
    const saved = await apply.run();
    if (!saved) return;
    toast(words.saved(numberOf(saved)));
    applicationsChanged();
    onClose();
    onRestored(saved);
  };
  return (
    <Dialog
      title={words.restoreTitle(number)}
      wide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button kind="primary" busy={apply.running} onClick={restore}>
            {words.restore}
          </Button>
        </>
      }
    >
      <p>{words.restoreWords(number)}</p>
      {diff.failure && <FailureNotice failure={diff.failure} onRetry={diff.reload} />}
      {diff.value ? <ChangesTable diff={diff.value} /> : !diff.failure && <Skeleton lines={3} />}
      <TextField label={words.comment} value={comment} maxLength={200} onValue={setComment} />
      {apply.failure && <FailureNotice failure={apply.failure} onRetry={restore} />}
    </Dialog>
  );
}
