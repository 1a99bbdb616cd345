// SPDX-License-Identifier: Apache-2.0
//
// One device: its telemetry, how to connect it, its tokens, what it sends.
import { useCall } from "../api/call";
import { registry } from "../api/clients";
import { useCrumbs } from "../applications/crumbs";
import type { Endpoint } from "../gen/millrace/registry/v1/registry_pb";
import { paths, type DeviceTab } from "../router/paths";
import { lazy } from "../shell/lazy";
import { NotFoundPage } from "../shell/NotFoundPage";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { ButtonLink } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Empty } from "../ui/Empty";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { Tabs } from "../ui/Tabs";
import { LastSeen, Rate } from "./ActivityCells";
import { useActivity } from "./activity";
import { TokenBadges } from "./TokenBadges";
import "./DevicePage.css";

const TelemetryPanel = lazy(() =>
  import("../telemetry/TelemetryPanel").then((m) => m.TelemetryPanel),
);
// Most come for it: it is on its way while the device is asked for. Should that fail, the panel says so.
import("../telemetry/TelemetryPanel").catch(() => {});
const RawPanel = lazy(() => import("../raw/RawPanel").then((m) => m.RawPanel));
const ConnectPanel = lazy(() => import("../connect/ConnectPanel").then((m) => m.ConnectPanel));
const TokensPanel = lazy(() => import("./TokensPanel").then((m) => m.TokensPanel));

const words = text.devices;
const TABS: DeviceTab[] = ["telemetry", "connect", "tokens", "raw"];

interface DevicePageProps {
  app: string;
  endpointId: string;
  tab: string | undefined;
}

export function DevicePage({ app, endpointId, tab = "telemetry" }: DevicePageProps) {
  const { value, failure, reload } = useCall(
    (signal) => registry.getEndpoint({ endpointId }, { signal }),
    [app, endpointId],
    // A token's state changes by its first use, and by others.
    { everyMs: 5000 },
  );
  const crumbs = [...useCrumbs(app), { href: paths.devices(app), label: words.title }];
  if (!TABS.includes(tab as DeviceTab)) return <NotFoundPage />;
  if (
    failure?.kind === "missing" ||
    failure?.kind === "refused" ||
    (value && value.applicationName !== app)
  ) {
    return (
      <>
        <PageHeader title={endpointId} crumbs={crumbs} />
        <Empty
          icon="search"
          title={words.device.notFoundTitle(endpointId)}
          actions={<ButtonLink href={paths.devices(app)}>{words.device.toList}</ButtonLink>}
        >
          {words.device.notFoundWords(app)}
        </Empty>
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={endpointId}
        crumbs={crumbs}
        heading={
          <>
            {endpointId} <CopyButton value={endpointId} label={words.device.copyId} />
          </>
        }
        note={value ? <DeviceNote app={app} endpoint={value} /> : "\u00a0"}
      />
      <Tabs
        label={endpointId}
        tabs={TABS.map((one) => ({
          href: paths.device(app, endpointId, one),
          label: words.tabs[one],
        }))}
      />
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined && failure === undefined && <Skeleton height={320} />}
      {value && (
        <>
          {tab === "telemetry" && <TelemetryPanel app={app} endpointId={endpointId} />}
          {tab === "connect" && <ConnectPanel endpoint={value} />}
          {tab === "tokens" && <TokensPanel endpoint={value} onChanged={reload} />}
          {tab === "raw" && <RawPanel app={app} endpointId={endpointId} />}
        </>
      )}
    </>
  );
}

function DeviceNote({ app, endpoint }: { app: string; endpoint: Endpoint }) {
  const activity = useActivity(app, [endpoint.endpointId]).get(endpoint.endpointId);
  return (
    <span class="device-note">
      <span class="mono small">{endpoint.appVersionName}</span>
      <TokenBadges endpoint={endpoint} />
      <LastSeen activity={activity} />
      <Rate activity={activity} />
    </span>
  );
}
