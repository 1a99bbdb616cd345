// SPDX-License-Identifier: Apache-2.0
import { useLocation } from "wouter-preact";

import { paths } from "../router/paths";
import { text } from "../text/en";
import { displayName, useApplications } from "./directory";
import "./ApplicationSwitcher.css";

// Which application the entries below are about; another one opens at the same place.
export function ApplicationSwitcher({ current }: { current: string | undefined }) {
  const { value: applications = [] } = useApplications();
  const [location, navigate] = useLocation();
  if (applications.length === 0 && current === undefined) return null;
  const known =
    current === undefined || applications.some((application) => application.name === current);
  return (
    <select
      class="switcher"
      aria-label={text.navigation.application}
      value={current ?? ""}
      onChange={(event) => navigate(sameView(location, event.currentTarget.value))}
    >
      {current === undefined && <option value="">{text.navigation.chooseApplication}</option>}
      {!known && <option value={current}>{current}</option>}
      {applications.map((application) => (
        <option key={application.name} value={application.name}>
          {displayName(application, application.name)}
        </option>
      ))}
    </select>
  );
}

// A device or a dashboard of one application is not in another: its list is.
export function sameView(location: string, app: string): string {
  const section = /^\/applications\/[^/]+\/([^/]+)/.exec(location)?.[1];
  return section === undefined ? paths.application(app) : `${paths.application(app)}/${section}`;
}
