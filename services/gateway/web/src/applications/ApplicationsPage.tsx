// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";

import { useCall } from "../api/call";
import { formatDate, formatMoment, toMs } from "../format/time";
import type { Application } from "../gen/millrace/registry/v1/registry_pb";
import { paths } from "../router/paths";
import { may } from "../session/session";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { Table, type Column } from "../ui/Table";
import { CreateApplication } from "./CreateApplication";
import { DeviceCount } from "./DeviceCount";
import { useApplications } from "./directory";
import { listVersions, namesByApplication } from "./versions";
import "./ApplicationsPage.css";

const words = text.applications;

export function ApplicationsPage() {
  const { value: applications, failure, reload } = useApplications();
  const [creating, setCreating] = useState(false);
  const create = may("admin") && (
    <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
      {words.create}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={words.title}
        note={words.note}
        actions={applications?.length !== 0 && create}
      />
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {applications === undefined && failure === undefined && <Skeleton lines={5} />}
      {applications?.length === 0 && (
        <Empty icon="apps" title={words.emptyTitle} actions={create}>
          {may("admin") ? words.emptyAdmin : words.emptyOther}
        </Empty>
      )}
      {applications !== undefined && applications.length > 0 && (
        <ApplicationsTable applications={applications} />
      )}
      {creating && <CreateApplication onClose={() => setCreating(false)} />}
    </>
  );
}

function ApplicationsTable({ applications }: { applications: Application[] }) {
  const [, navigate] = useLocation();
  const { value: versions } = useCall((signal) => listVersions("", signal), [applications]);
  const names = versions === undefined ? undefined : namesByApplication(versions);
  const columns: Column<Application>[] = [
    {
      key: "name",
      title: words.columns.name,
      rowHeader: true,
      width: "34%",
      cell: (application) => <Named application={application} />,
    },
    {
      key: "versions",
      title: words.columns.versions,
      wideOnly: true,
      cell: (application) => names && <Versions names={names.get(application.name) ?? []} />,
    },
    {
      key: "devices",
      title: words.columns.devices,
      align: "end",
      width: "96px",
      cell: (application) => <DeviceCount app={application.name} />,
    },
    {
      key: "auto",
      title: words.columns.autoExtract,
      width: "128px",
      cell: (application) => (
        <Badge kind={application.autoExtract ? "ok" : "neutral"}>
          {application.autoExtract ? text.states.on : text.states.off}
        </Badge>
      ),
    },
    {
      key: "created",
      title: words.columns.created,
      wideOnly: true,
      width: "128px",
      cell: (application) => {
        const created = toMs(application.createdAt);
        return (
          created !== undefined && <span title={formatMoment(created)}>{formatDate(created)}</span>
        );
      },
    },
  ];
  return (
    <Table
      label={words.title}
      columns={columns}
      rows={applications}
      rowKey={(application) => application.name}
      rowHeight={56}
      onRow={(application) => navigate(paths.application(application.name))}
    />
  );
}

function Named({ application }: { application: Application }) {
  return (
    <>
      <Link class="apps-name" href={paths.application(application.name)}>
        {application.displayName || application.name}
      </Link>
      {application.displayName !== "" && (
        <div class="apps-id muted small mono">{application.name}</div>
      )}
    </>
  );
}

const SHOWN = 3;

function Versions({ names }: { names: string[] }) {
  if (names.length === 0) return <span class="muted">{words.noVersions}</span>;
  return (
    <span class="apps-versions" title={names.slice(0, 100).join(", ")}>
      {names.slice(0, SHOWN).map((name) => (
        <Badge key={name}>{name}</Badge>
      ))}
      {names.length > SHOWN && (
        <span class="muted small">{words.moreVersions(names.length - SHOWN)}</span>
      )}
    </span>
  );
}
