// SPDX-License-Identifier: Apache-2.0
//
// One dashboard: looked at, or changed by whoever may.
import { Code } from "@connectrpc/connect";
import { useMemo, useState } from "preact/hooks";

import { useCall, type Call } from "../api/call";
import { registry } from "../api/clients";
import { useDisplayName } from "../applications/directory";
import type { Dashboard } from "../gen/millrace/registry/v1/dashboard_pb";
import { paths } from "../router/paths";
import { useQueryParam } from "../router/query";
import { may } from "../session/session";
import { PageHeader, type Crumb } from "../shell/PageHeader";
import { text } from "../text/en";
import { Button, ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { DashboardEditor } from "./DashboardEditor";
import { DashboardGrid } from "./DashboardGrid";
import { DashboardSources } from "./DashboardSources";
import { DeleteDashboard } from "./DeleteDashboard";
import { download } from "./download";
import { draftOf } from "./draft";
import { keptDraft } from "./kept_drafts";

const words = text.dashboards;

export function DashboardPage({ app, id }: { app: string; id: string }) {
  const name = useDisplayName(app);
  const call = useCall(
    (signal) => registry.getDashboard({ dashboardId: id }, { signal }),
    [app, id],
  );
  const [editQuery, setEdit] = useQueryParam("edit");
  const editing = (editQuery !== "" || keptDraft(id) !== undefined) && may("operator");
  const crumbs = [
    { href: paths.applications(), label: text.navigation.applications },
    { href: paths.application(app), label: name },
    { href: paths.dashboards(app), label: words.title },
  ];
  const { value: dashboard } = call;
  if (dashboard === undefined) return <NotThere call={call} crumbs={crumbs} app={app} />;
  // A link of another application's: what is below it would be of that one.
  if (dashboard.applicationName !== app) return <Missing crumbs={crumbs} app={app} />;
  return editing ? (
    <DashboardEditor
      key={`${dashboard.version}`}
      dashboard={dashboard}
      crumbs={crumbs}
      onSaved={call.set}
      onReload={call.reload}
      onDone={() => setEdit(undefined)}
    />
  ) : (
    <Shown dashboard={dashboard} crumbs={crumbs} onEdit={() => setEdit("1")} />
  );
}

interface ShownProps {
  dashboard: Dashboard;
  crumbs: readonly Crumb[];
  onEdit: () => void;
}

function Shown({ dashboard, crumbs, onEdit }: ShownProps) {
  const [deleting, setDeleting] = useState(false);
  const mayEdit = may("operator");
  const { widgets } = useMemo(() => draftOf(dashboard), [dashboard]);
  return (
    <>
      <PageHeader
        title={dashboard.title}
        crumbs={crumbs}
        actions={
          <>
            <Button
              kind="quiet"
              icon="download"
              title={words.exportLabel}
              onClick={() => download(dashboard)}
            >
              {words.export}
            </Button>
            {mayEdit && (
              <>
                <Button kind="quiet" icon="trash" onClick={() => setDeleting(true)}>
                  {words.delete}
                </Button>
                <Button icon="edit" onClick={onEdit}>
                  {words.edit}
                </Button>
              </>
            )}
          </>
        }
      />
      {widgets.length === 0 ? (
        <Empty icon="dashboard" title={words.noWidgetsTitle}>
          {mayEdit && words.noWidgetsWords}
        </Empty>
      ) : (
        <DashboardSources app={dashboard.applicationName} widgets={dashboard.widgets}>
          <DashboardGrid widgets={widgets} />
        </DashboardSources>
      )}
      {deleting && <DeleteDashboard dashboard={dashboard} onClose={() => setDeleting(false)} />}
    </>
  );
}

function NotThere(props: { call: Call<Dashboard>; crumbs: readonly Crumb[]; app: string }) {
  const { failure, reload } = props.call;
  // What is refused can only be the id in the address.
  if (failure?.code === Code.NotFound || failure?.code === Code.InvalidArgument) {
    return <Missing {...props} />;
  }
  return (
    <>
      <PageHeader title={words.title} crumbs={props.crumbs} />
      {failure === undefined ? (
        <Skeleton height={420} />
      ) : (
        <FailureNotice failure={failure} onRetry={reload} />
      )}
    </>
  );
}

function Missing({ crumbs, app }: { crumbs: readonly Crumb[]; app: string }) {
  return (
    <>
      <PageHeader title={words.title} crumbs={crumbs} />
      <Empty
        icon="dashboard"
        title={words.missingTitle}
        actions={<ButtonLink href={paths.dashboards(app)}>{words.toList}</ButtonLink>}
      >
        {words.missingWords}
      </Empty>
    </>
  );
}
