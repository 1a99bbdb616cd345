// SPDX-License-Identifier: Apache-2.0
//
// One device: its telemetry, how to connect it, its tokens, what it sends.
import { lazy } from "../shell/lazy";
import { NotFoundPage } from "../shell/NotFoundPage";
import { PageHeader } from "../shell/PageHeader";
import { useDisplayName } from "../applications/directory";
import { paths, type DeviceTab } from "../router/paths";
import { text } from "../text/en";
import { Tabs } from "../ui/Tabs";

const TelemetryPanel = lazy(() =>
  import("../telemetry/TelemetryPanel").then((m) => m.TelemetryPanel),
);
const RawPanel = lazy(() => import("../raw/RawPanel").then((m) => m.RawPanel));

const TABS: DeviceTab[] = ["telemetry", "connect", "tokens", "raw"];

interface DevicePageProps {
  app: string;
  endpointId: string;
  tab: string | undefined;
}

export function DevicePage({ app, endpointId, tab = "telemetry" }: DevicePageProps) {
  const name = useDisplayName(app);
  if (!TABS.includes(tab as DeviceTab)) return <NotFoundPage />;
  return (
    <>
      <PageHeader
        title={endpointId}
        crumbs={[
          { href: paths.applications(), label: text.navigation.applications },
          { href: paths.application(app), label: name },
          { href: paths.devices(app), label: text.navigation.devices },
        ]}
      />
      <Tabs
        label={endpointId}
        tabs={TABS.map((one) => ({
          href: paths.device(app, endpointId, one),
          label: text.devices.tabs[one],
        }))}
      />
      {tab === "telemetry" && <TelemetryPanel app={app} endpointId={endpointId} />}
      {tab === "raw" && <RawPanel app={app} endpointId={endpointId} />}
    </>
  );
}
