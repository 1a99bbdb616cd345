// SPDX-License-Identifier: Apache-2.0
import { Link, useLocation, useRoute } from "wouter-preact";

import { ApplicationSwitcher } from "../applications/ApplicationSwitcher";
import { paths } from "../router/paths";
import { isBound, may, ownKey, role, signOut } from "../session/session";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { ThemeChoice, ZoneChoice } from "./Choices";

export function Navigation() {
  const [, params] = useRoute("/applications/:app/*?");
  const app = params?.app;
  return (
    <div class="nav">
      <nav aria-label={text.navigation.label} class="nav-places">
        <ul>
          <Place
            href={paths.applications()}
            icon="apps"
            label={text.navigation.applications}
            exact
          />
        </ul>
        <ApplicationSwitcher current={app} />
        {app !== undefined && (
          <ul aria-label={text.navigation.inApplication(app)}>
            <Place
              href={paths.application(app)}
              icon="overview"
              label={text.navigation.overview}
              exact
            />
            <Place href={paths.devices(app)} icon="device" label={text.navigation.devices} />
            <Place
              href={paths.dashboards(app)}
              icon="dashboard"
              label={text.navigation.dashboards}
            />
            <Place href={paths.seriesRules(app)} icon="rules" label={text.navigation.seriesRules} />
            <Place
              href={paths.versions(app)}
              icon="versions"
              label={text.applications.versions.title}
            />
            <Place href={paths.rejected(app)} icon="rejected" label={text.navigation.rejected} />
          </ul>
        )}
        {(!isBound.value || may("admin")) && (
          <ul class="nav-whole">
            {!isBound.value && (
              <Place href={paths.health()} icon="health" label={text.navigation.health} />
            )}
            {may("admin") && <Place href={paths.keys()} icon="key" label={text.navigation.keys} />}
            {may("admin") && !isBound.value && (
              <Place href={paths.clients()} icon="link" label={text.navigation.clients} />
            )}
          </ul>
        )}
      </nav>
      <div class="nav-foot">
        <ZoneChoice />
        <ThemeChoice />
        <Account />
      </div>
    </div>
  );
}

interface PlaceProps {
  href: string;
  icon: IconName;
  label: string;
  // Only this very address, not those below it.
  exact?: boolean;
}

function Place({ href, icon, label, exact }: PlaceProps) {
  const [location] = useLocation();
  const here = location === href || (!exact && location.startsWith(`${href}/`));
  return (
    <li>
      <Link
        href={href}
        class={here ? "nav-place nav-here" : "nav-place"}
        aria-current={location === href ? "page" : undefined}
      >
        <Icon name={icon} />
        <span>{label}</span>
      </Link>
    </li>
  );
}

function Account() {
  if (ownKey.value === undefined || role.value === undefined) return null;
  const name = ownKey.value.name;
  return (
    <div class="nav-account">
      <div class="nav-who" title={text.session.roleMeaning[role.value]}>
        <span class="sr-only">{text.session.signedInAs(name)}</span>
        <strong aria-hidden="true">{name}</strong>
        <span class="muted small">{text.session.roles[role.value]}</span>
      </div>
      <Button kind="quiet" icon="signOut" label={text.session.signOut} onClick={signOut} />
    </div>
  );
}
