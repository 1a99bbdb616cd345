// SPDX-License-Identifier: Apache-2.0
//
// The dashboards of an application: open, make, import.
import { useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";

import { useAction, useCall } from "../api/call";
import { registry } from "../api/clients";
import type { Failure } from "../api/failure";
import { useDisplayName } from "../applications/directory";
import { formatAge, formatMoment, toMs } from "../format/time";
import type { Dashboard } from "../gen/millrace/registry/v1/dashboard_pb";
import { paths } from "../router/paths";
import { may } from "../session/session";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { TextField } from "../ui/Field";
import { FailureNotice, Notice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { Table, type Column } from "../ui/Table";
import { toast } from "../ui/Toast";
import { CreateDashboard } from "./CreateDashboard";
import { FILE_MAX_BYTES, imported } from "./exchange";

const words = text.dashboards;
// As many as an application can have.
const DASHBOARDS_MAX = 1000;
const SEARCH_FROM = 8;

async function listDashboards(app: string, signal: AbortSignal): Promise<Dashboard[]> {
  const found: Dashboard[] = [];
  let pageToken = "";
  do {
    const request = { applicationName: app, pageSize: 1000, pageToken };
    const page = await registry.listDashboards(request, { signal });
    found.push(...page.dashboards);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && found.length < DASHBOARDS_MAX);
  return found;
}

export function DashboardsPage({ app }: { app: string }) {
  const name = useDisplayName(app);
  const {
    value: dashboards,
    failure,
    reload,
  } = useCall((signal) => listDashboards(app, signal), [app]);
  const [creating, setCreating] = useState(false);
  const importing = useImport(app);
  const create = may("operator") && (
    <>
      <ImportButton onFile={importing.run} busy={importing.running} />
      <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
        {words.create}
      </Button>
    </>
  );
  return (
    <>
      <PageHeader
        title={words.title}
        note={words.note}
        crumbs={[
          { href: paths.applications(), label: text.navigation.applications },
          { href: paths.application(app), label: name },
        ]}
        actions={dashboards?.length !== 0 && create}
      />
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {importing.failure && <FailureNotice failure={importing.failure} />}
      {importing.problem !== "" && (
        <Notice kind="failure" title={words.importFailed}>
          {importing.problem}
        </Notice>
      )}
      {dashboards === undefined && failure === undefined && <Skeleton lines={4} />}
      {dashboards?.length === 0 && (
        <Empty icon="dashboard" title={words.emptyTitle} actions={create}>
          {may("operator") ? words.emptyWords : words.emptyReader}
        </Empty>
      )}
      {dashboards !== undefined && dashboards.length > 0 && (
        <DashboardTable app={app} dashboards={dashboards} />
      )}
      {creating && <CreateDashboard app={app} onClose={() => setCreating(false)} />}
    </>
  );
}

function DashboardTable({ app, dashboards }: { app: string; dashboards: readonly Dashboard[] }) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = dashboards.filter(({ title }) => title.toLowerCase().includes(wanted));
  const columns: Column<Dashboard>[] = [
    {
      key: "title",
      title: words.name,
      rowHeader: true,
      cell: ({ dashboardId, title }) => (
        <Link href={paths.dashboard(app, dashboardId)}>{title}</Link>
      ),
    },
    {
      key: "changed",
      title: words.changed,
      width: "16rem",
      wideOnly: true,
      cell: ({ updatedAt, updatedBy }) =>
        updatedAt && (
          <span class="muted" title={formatMoment(toMs(updatedAt))}>
            {formatAge(toMs(updatedAt))} {updatedBy && words.by(updatedBy)}
          </span>
        ),
    },
  ];
  return (
    <div class="stack">
      {dashboards.length > SEARCH_FROM && (
        <TextField
          label={words.searchPlaceholder}
          hideLabel
          type="search"
          placeholder={words.searchPlaceholder}
          value={search}
          onValue={setSearch}
        />
      )}
      {found.length === 0 ? (
        <p class="muted">{words.noMatch(search)}</p>
      ) : (
        <Table
          label={words.listLabel}
          columns={columns}
          rows={found}
          rowKey={({ dashboardId }) => dashboardId}
        />
      )}
    </div>
  );
}

// Makes a dashboard of a file and opens it.
function useImport(app: string): {
  run: (file: File) => void;
  running: boolean;
  failure: Failure | undefined;
  problem: string;
} {
  const [, navigate] = useLocation();
  const [problem, setProblem] = useState("");
  const make = useAction((signal, dashboard: Dashboard) =>
    registry.createDashboard({ dashboard }, { signal }),
  );
  const run = async (file: File) => {
    setProblem("");
    make.clear();
    try {
      if (file.size > FILE_MAX_BYTES) throw new Error(words.fileTooLarge);
      const made = await make.run(imported(await file.text(), app));
      if (made === undefined) return;
      toast(words.importedToast(made.title));
      navigate(paths.dashboard(app, made.dashboardId));
    } catch (fault) {
      setProblem((fault as Error).message);
    }
  };
  return { run, running: make.running, failure: make.failure, problem };
}

function ImportButton({ onFile, busy }: { onFile: (file: File) => void; busy: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file !== undefined) onFile(file);
          // The same file once more is a change, too.
          event.currentTarget.value = "";
        }}
      />
      <Button
        icon="upload"
        title={words.importLabel}
        busy={busy}
        onClick={() => input.current?.click()}
      >
        {words.import}
      </Button>
    </>
  );
}
