// SPDX-License-Identifier: Apache-2.0
//
// Samples that were accepted and could not be stored: which, why, what to do, and the way to send them through once more.
import { useMemo, useState } from "preact/hooks";
import { useSearch } from "wouter-preact";

import { useCrumbs } from "../applications/crumbs";
import { EndpointPicker } from "../devices/EndpointPicker";
import { formatMoment, toMs } from "../format/time";
import { formatCount } from "../format/number";
import type { RejectedSample } from "../gen/millrace/query/v1/query_pb";
import { visibleText } from "../json/tree";
import { setQuery } from "../router/query";
import { may } from "../session/session";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { FailureNotice } from "../ui/Notice";
import { Select } from "../ui/Select";
import { Table, type Column } from "../ui/Table";
import { ages, filterOf, isFiltered, type Age, type RejectedFilter } from "./filter";
import { knownReasons, reasonText } from "./reasons";
import { RejectedDialog } from "./RejectedDialog";
import { useRejectedList } from "./rejected_list";
import { ReplayDialog } from "./ReplayDialog";
import "./RejectedPage.css";

const words = text.rejected;
const AGES = Object.keys(ages) as Age[];
const ROW = 56;

export function RejectedPage({ app }: { app: string }) {
  const search = useSearch();
  const filter = useMemo(() => filterOf(new URLSearchParams(search)), [search]);
  const list = useRejectedList(app, filter);
  const [opened, open] = useState<RejectedSample | undefined>();
  const [isReplaying, replay] = useState(false);
  const columns = useMemo(() => columnsOf(open), []);
  const isEmpty = list.rows.length === 0 && list.complete && !list.loading;
  return (
    <>
      <PageHeader
        title={words.title}
        crumbs={useCrumbs(app)}
        note={words.intro}
        actions={
          <>
            <Button icon="reload" label={words.reload} onClick={list.reload} />
            {may("operator") && list.rows.length > 0 && (
              <Button kind="primary" icon="play" onClick={() => replay(true)}>
                {words.replay}
              </Button>
            )}
          </>
        }
      />
      {!(isEmpty && !isFiltered(filter)) && <Filters app={app} filter={filter} />}
      {isEmpty ? (
        <Nothing isFiltered={isFiltered(filter)} />
      ) : (
        (list.rows.length > 0 || list.loading) && (
          <Table
            label={words.table}
            columns={columns}
            rows={list.rows}
            rowKey={keyOf}
            rowHeight={ROW}
            placeholders={list.loading ? (list.rows.length === 0 ? 8 : 2) : 0}
            onRange={(range) => list.want(range.last)}
            onRow={open}
          />
        )
      )}
      {list.failure && (
        <FailureNotice
          failure={list.failure}
          onRetry={list.rows.length === 0 ? list.reload : list.retry}
        />
      )}
      {list.full && <p class="muted">{words.full(formatCount(list.rows.length))}</p>}
      {opened && <RejectedDialog app={app} sample={opened} onClose={() => open(undefined)} />}
      {isReplaying && (
        <ReplayDialog
          app={app}
          filter={filter}
          onClose={() => {
            replay(false);
            list.reload();
          }}
        />
      )}
    </>
  );
}

// Samples of one batch have times of their own.
function keyOf(sample: RejectedSample): string {
  const at = sample.receivedAt;
  return `${at?.seconds}.${at?.nanos} ${sample.endpointId} ${sample.correlationId}`;
}

function Nothing({ isFiltered: filtered }: { isFiltered: boolean }) {
  if (filtered) {
    return (
      <Empty
        icon="search"
        title={words.emptyFiltered}
        actions={<Button onClick={clearFilter}>{words.clearFilter}</Button>}
      />
    );
  }
  return (
    <Empty icon="check" title={words.emptyTitle}>
      {words.emptyWords}
    </Empty>
  );
}

function clearFilter(): void {
  setQuery({ endpoint: undefined, reason: undefined, age: undefined });
}

function Filters({ app, filter }: { app: string; filter: RejectedFilter }) {
  return (
    <div class="rejected-filters">
      <EndpointPicker
        app={app}
        label={words.endpoint}
        value={filter.endpointId}
        onValue={(endpoint) => setQuery({ endpoint })}
      />
      <Select
        label={words.reason}
        value={filter.reason}
        options={[
          { value: "", label: words.reasonAny },
          ...knownReasons.map((reason) => ({ value: reason, label: reasonText(reason).title })),
        ]}
        onValue={(reason) => setQuery({ reason })}
      />
      <Select
        label={words.age}
        value={filter.age}
        options={AGES.map((age) => ({ value: age, label: words.ages[age] }))}
        onValue={(age) => setQuery({ age })}
      />
      {isFiltered(filter) && (
        <Button kind="quiet" icon="close" onClick={clearFilter}>
          {words.clearFilter}
        </Button>
      )}
    </div>
  );
}

function columnsOf(open: (sample: RejectedSample) => void): Column<RejectedSample>[] {
  return [
    {
      key: "when",
      title: words.when,
      width: "190px",
      wideOnly: true,
      cell: (sample) => formatMoment(toMs(sample.receivedAt) ?? 0),
    },
    {
      key: "endpoint",
      title: words.endpoint,
      width: "22%",
      wideOnly: true,
      cell: (sample) => <span title={sample.endpointId}>{sample.endpointId}</span>,
    },
    {
      key: "detail",
      title: words.detail,
      rowHeader: true,
      cell: (sample) => (
        <div class="rejected-what">
          <div>
            <strong>{reasonText(sample.reason).title}</strong>
            {sample.path !== "" && <code> {visibleText(sample.path)}</code>}
            {sample.sampleCount > 1 && (
              <Badge>{words.samples(formatCount(sample.sampleCount))}</Badge>
            )}
          </div>
          <div class="muted small wide-only">{visibleText(sample.detail)}</div>
          <div class="muted small narrow-only">
            {formatMoment(toMs(sample.receivedAt) ?? 0)} · {sample.endpointId}
          </div>
        </div>
      ),
    },
    {
      key: "open",
      title: words.open,
      hideTitle: true,
      align: "end",
      width: "52px",
      cell: (sample) => (
        <Button
          kind="quiet"
          size="s"
          icon="right"
          label={words.open}
          onClick={() => open(sample)}
        />
      ),
    },
  ];
}
