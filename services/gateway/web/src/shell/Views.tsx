// SPDX-License-Identifier: Apache-2.0
//
// Which view is at which address. Each is a chunk of its own, loaded when it is first shown.
import { Redirect, Route, Switch } from "wouter-preact";

import { paths } from "../router/paths";
import { lazy } from "./lazy";
import { NotFoundPage } from "./NotFoundPage";
import { RequireRole } from "./RequireRole";

const ApplicationsPage = lazy(() =>
  import("../applications/ApplicationsPage").then((m) => m.ApplicationsPage),
);
const OverviewPage = lazy(() => import("../applications/OverviewPage").then((m) => m.OverviewPage));
const VersionsPage = lazy(() => import("../applications/VersionsPage").then((m) => m.VersionsPage));
const DevicesPage = lazy(() => import("../devices/DevicesPage").then((m) => m.DevicesPage));
const DevicePage = lazy(() => import("../devices/DevicePage").then((m) => m.DevicePage));
const SeriesRulesPage = lazy(() =>
  import("../rules/SeriesRulesPage").then((m) => m.SeriesRulesPage),
);
const DashboardsPage = lazy(() =>
  import("../dashboards/DashboardsPage").then((m) => m.DashboardsPage),
);
const DashboardPage = lazy(() =>
  import("../dashboards/DashboardPage").then((m) => m.DashboardPage),
);
const RejectedPage = lazy(() => import("../rejected/RejectedPage").then((m) => m.RejectedPage));
const HealthPage = lazy(() => import("../health/HealthPage").then((m) => m.HealthPage));
const KeysPage = lazy(() => import("../keys/KeysPage").then((m) => m.KeysPage));

const ClientsPage = lazy(() => import("../clients/ClientsPage").then((m) => m.ClientsPage));

export function Views() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to={paths.applications()} replace />
      </Route>
      <Route path="/applications">
        <ApplicationsPage />
      </Route>
      <Route path="/applications/:app">{({ app }) => <OverviewPage app={app} key={app} />}</Route>
      <Route path="/applications/:app/versions">
        {({ app }) => <VersionsPage app={app} key={app} />}
      </Route>
      <Route path="/applications/:app/series-rules">
        {({ app }) => <SeriesRulesPage app={app} key={app} />}
      </Route>
      <Route path="/applications/:app/devices">
        {({ app }) => <DevicesPage app={app} key={app} />}
      </Route>
      <Route path="/applications/:app/devices/:endpoint/:tab?">
        {({ app, endpoint, tab }) => (
          <DevicePage app={app} endpointId={endpoint} tab={tab} key={endpoint} />
        )}
      </Route>
      <Route path="/applications/:app/dashboards">
        {({ app }) => <DashboardsPage app={app} key={app} />}
      </Route>
      <Route path="/applications/:app/dashboards/:id">
        {({ app, id }) => <DashboardPage app={app} id={id} key={id} />}
      </Route>
      <Route path="/applications/:app/rejected">
        {({ app }) => <RejectedPage app={app} key={app} />}
      </Route>
      <Route path="/health">
        <RequireRole unbound>
          <HealthPage />
        </RequireRole>
      </Route>
      <Route path="/keys">
        <RequireRole role="admin">
          <KeysPage />
        </RequireRole>
      </Route>
      <Route path="/clients">
        <RequireRole role="admin" unbound>
          <ClientsPage />
        </RequireRole>
      </Route>
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  );
}
