// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";

import { useCall } from "../api/call";
import { useCrumbs } from "../applications/crumbs";
import { deviceCount } from "../applications/DeviceCount";
import { listVersions } from "../applications/versions";
import { TokenState, type Endpoint } from "../gen/millrace/registry/v1/registry_pb";
import { paths } from "../router/paths";
import { setQuery, useQueryParam } from "../router/query";
import { may } from "../session/session";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Button, ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { FailureNotice } from "../ui/Notice";
import { Table, type Column } from "../ui/Table";
import type { Range } from "../ui/visible_range";
import { LastSeen, Rate } from "./ActivityCells";
import { useActivity, type Activity } from "./activity";
import { CreateDevice } from "./CreateDevice";
import { DeviceFilters } from "./DeviceFilters";
import { useEndpointList, type EndpointList } from "./endpoint_list";
import { TokenBadges } from "./TokenBadges";
import { isStateName, STATES_BY_NAME } from "./token_states";
import "./DevicesPage.css";

const words = text.devices;

export function DevicesPage({ app }: { app: string }) {
  const [search] = useQueryParam("q");
  const [version] = useQueryParam("version");
  const [state] = useQueryParam("state");
  const versions = useCall((signal) => listVersions(app, signal), [app]);
  const list = useEndpointList({
    app,
    search: search.slice(0, 128),
    version,
    state: isStateName(state) ? STATES_BY_NAME[state] : TokenState.UNSPECIFIED,
  });
  const [creating, setCreating] = useState(false);
  const crumbs = useCrumbs(app);
  const filtered = search !== "" || version !== "" || state !== "";
  const empty = !list.loading && list.failure === undefined && list.rows.length === 0;
  const noVersion = versions.value?.length === 0;
  const create = may("operator") && !noVersion && (
    <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
      {words.create}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={words.title}
        crumbs={crumbs}
        note={list.total !== undefined && words.count(list.total, deviceCount(list.total))}
        actions={!(empty && !filtered) && create}
      />
      {!(empty && !filtered) && <DeviceFilters versions={versions.value ?? []} />}
      {list.rows.length === 0 && list.failure && (
        <FailureNotice failure={list.failure} onRetry={list.reload} />
      )}
      {empty && filtered && (
        <Empty
          icon="search"
          title={words.nothingFits}
          actions={
            <Button
              onClick={() => setQuery({ q: undefined, version: undefined, state: undefined })}
            >
              {words.clearFilters}
            </Button>
          }
        >
          {words.nothingFitsWords}
        </Empty>
      )}
      {empty && !filtered && (
        <Empty
          icon="device"
          title={words.emptyTitle}
          actions={
            noVersion ? (
              <ButtonLink kind="primary" href={paths.versions(app)}>
                {words.toVersions}
              </ButtonLink>
            ) : (
              create
            )
          }
        >
          {noVersion ? words.emptyVersion : may("operator") ? words.emptyWords : words.emptyReader}
        </Empty>
      )}
      {!empty && !(list.failure && list.rows.length === 0) && (
        <DevicesTable app={app} list={list} />
      )}
      {creating && (
        <CreateDevice
          app={app}
          onClose={() => {
            setCreating(false);
            list.reload();
          }}
        />
      )}
    </>
  );
}

function DevicesTable({ app, list }: { app: string; list: EndpointList }) {
  const [, navigate] = useLocation();
  const [view, setView] = useState<Range>({ first: 0, last: 0 });
  const inView = list.rows.slice(view.first, view.last).map((endpoint) => endpoint.endpointId);
  const activity = useActivity(app, inView);
  useEffect(() => {
    list.want(view.last);
  }, [view.last, list.rows]);
  const rest =
    list.total === undefined ? 8 : Math.min(8, Math.max(0, list.total - list.rows.length));
  return (
    <>
      <Table
        label={words.title}
        columns={columnsOf(app, activity)}
        rows={list.rows}
        rowKey={(endpoint) => endpoint.endpointId}
        rowHeight={52}
        total={list.total}
        onRange={(range) =>
          setView((before) =>
            before.first === range.first && before.last === range.last ? before : range,
          )
        }
        placeholders={list.loading ? rest : 0}
        onRow={(endpoint) => navigate(paths.device(app, endpoint.endpointId))}
      />
      {list.failure && list.rows.length > 0 && (
        <FailureNotice failure={{ ...list.failure, kind: "temporary" }} onRetry={list.retry} />
      )}
    </>
  );
}

function columnsOf(
  app: string,
  activity: ReadonlyMap<string, Activity | null>,
): Column<Endpoint>[] {
  return [
    {
      key: "id",
      title: words.columns.id,
      rowHeader: true,
      cell: ({ endpointId, appVersionName }) => (
        <>
          <Link class="devices-id" href={paths.device(app, endpointId)} title={endpointId}>
            {endpointId}
          </Link>
          <div class="narrow-only muted small devices-under">
            {appVersionName}
            {activity.has(endpointId) && " · "}
            <LastSeen activity={activity.get(endpointId)} />
          </div>
        </>
      ),
    },
    {
      key: "version",
      title: words.columns.version,
      wideOnly: true,
      width: "20%",
      cell: ({ appVersionName }) => <span class="mono small">{appVersionName}</span>,
    },
    {
      key: "seen",
      title: words.columns.lastSeen,
      wideOnly: true,
      width: "150px",
      cell: ({ endpointId }) => <LastSeen activity={activity.get(endpointId)} />,
    },
    {
      key: "rate",
      title: words.columns.rate,
      wideOnly: true,
      align: "end",
      width: "110px",
      cell: ({ endpointId }) => <Rate activity={activity.get(endpointId)} />,
    },
    {
      key: "tokens",
      title: words.columns.tokens,
      width: "130px",
      cell: (endpoint) => <TokenBadges endpoint={endpoint} />,
    },
  ];
}
