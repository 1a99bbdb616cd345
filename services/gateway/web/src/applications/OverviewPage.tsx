// SPDX-License-Identifier: Apache-2.0
//
// What an application is, and for as long as something is missing, the way from here to the first data.
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";

import { useAction, useCall } from "../api/call";
import { query, registry } from "../api/clients";
import { displayNameFault } from "../api/field_rules";
import { formatCount, formatValue } from "../format/number";
import { formatMoment, toMs } from "../format/time";
import type { Application } from "../gen/millrace/registry/v1/registry_pb";
import { paths } from "../router/paths";
import { may } from "../session/session";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Button, ButtonLink } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Empty } from "../ui/Empty";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { toast } from "../ui/Toast";
import { deviceCount } from "./DeviceCount";
import { applicationsChanged } from "./directory";
import { FirstSteps } from "./FirstSteps";
import { UploadRules } from "./UploadRules";
import { listVersions } from "./versions";
import "./OverviewPage.css";

const words = text.applications.overview;

export interface Progress {
  application: Application;
  versions: string[];
  devices: number;
  // One of the devices, to lead to; undefined where there is none.
  firstDevice: string | undefined;
  // Series rules take something that auto-extraction does not.
  configuredSeries: number;
  // Time series that have points.
  series: number;
}

async function look(app: string, signal: AbortSignal): Promise<Progress> {
  const [application, versions, endpoints, rules, series] = await Promise.all([
    registry.getApplication({ name: app }, { signal }),
    listVersions(app, signal),
    registry.listEndpoints({ applicationName: app, pageSize: 1 }, { signal }),
    registry.getSeriesRules({ applicationName: app }, { signal }),
    query.listTimeSeries({ applicationName: app }, { signal }),
  ]);
  return {
    application,
    versions: versions.map((version) => version.name),
    devices: endpoints.total,
    firstDevice: endpoints.endpoints[0]?.endpointId,
    configuredSeries: rules.seriesRules?.series.length ?? 0,
    series: series.timeSeries.length,
  };
}

export function OverviewPage({ app }: { app: string }) {
  // Often until the first data has come, so that its step is ticked.
  const [quiet, setQuiet] = useState(false);
  const { value, failure, reload } = useCall((signal) => look(app, signal), [app], {
    everyMs: quiet ? 30_000 : 3000,
  });
  useEffect(() => setQuiet((value?.series ?? 0) > 0), [value?.series]);
  const [renaming, setRenaming] = useState(false);
  const [limiting, setLimiting] = useState(false);
  if (failure?.kind === "missing") {
    return (
      <>
        <PageHeader title={app} />
        <Empty
          icon="search"
          title={text.applications.notFoundTitle(app)}
          actions={<ButtonLink href={paths.applications()}>{text.notFound.home}</ButtonLink>}
        >
          {text.applications.notFoundWords}
        </Empty>
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={value?.application.displayName || app}
        crumbs={[{ href: paths.applications(), label: text.navigation.applications }]}
        actions={
          may("operator") &&
          value && (
            <>
              <Button icon="settings" onClick={() => setLimiting(true)}>
                {text.applications.uploadRules.edit}
              </Button>
              <Button icon="edit" onClick={() => setRenaming(true)}>
                {words.rename}
              </Button>
            </>
          )
        }
      />
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined && failure === undefined && <Skeleton lines={8} />}
      {value && <FirstSteps progress={value} onChanged={reload} />}
      {value && <Facts progress={value} />}
      {limiting && value && (
        <UploadRules
          application={value.application}
          onClose={() => setLimiting(false)}
          onSaved={() => {
            setLimiting(false);
            toast(text.applications.uploadRules.saved);
            reload();
          }}
        />
      )}
      {renaming && value && (
        <Rename
          application={value.application}
          onClose={() => setRenaming(false)}
          onRenamed={() => {
            setRenaming(false);
            toast(words.renamed);
            applicationsChanged();
            reload();
          }}
        />
      )}
    </>
  );
}

function Facts({ progress: { application, versions, devices, series } }: { progress: Progress }) {
  const app = application.name;
  const created = toMs(application.createdAt);
  const facts = [
    { label: words.facts.devices, value: deviceCount(devices), href: paths.devices(app) },
    { label: words.facts.series, value: formatCount(series), href: paths.seriesRules(app) },
    { label: words.facts.versions, value: formatCount(versions.length), href: paths.versions(app) },
    {
      label: words.facts.autoExtract,
      value: application.autoExtract ? text.states.on : text.states.off,
      href: paths.seriesRules(app),
    },
    {
      label: words.facts.rulesVersion,
      value: words.facts.rulesVersionValue(formatCount(application.rulesVersion)),
      href: paths.seriesRules(app),
    },
  ];
  return (
    <section class="stack" aria-label={words.factsTitle}>
      <ul class="facts">
        {facts.map((fact) => (
          <li key={fact.label} class="facts-fact">
            <Link href={fact.href} class="facts-link">
              <span class="muted small">{fact.label}</span>
              <strong>{fact.value}</strong>
            </Link>
          </li>
        ))}
      </ul>
      <p class="row muted small">
        <span class="mono">{app}</span>
        <CopyButton value={app} label={text.actions.copy} />
        {created !== undefined && `${words.facts.created} ${formatMoment(created)}`}
        {application.maxUploadsPerSecond > 0 &&
          ` · ${text.applications.uploadRules.limited(formatValue(application.maxUploadsPerSecond))}`}
      </p>
    </section>
  );
}

interface RenameProps {
  application: Application;
  onClose: () => void;
  onRenamed: () => void;
}

function Rename({ application, onClose, onRenamed }: RenameProps) {
  const [displayName, setDisplayName] = useState(application.displayName);
  const { run, running, failure } = useAction((signal) =>
    registry.updateApplication({ name: application.name, displayName }, { signal }),
  );
  const fault = displayNameFault(displayName);
  const submit = async () => {
    if (fault === undefined && (await run()) !== undefined) onRenamed();
  };
  return (
    <FormDialog
      title={words.rename}
      action={text.actions.save}
      busy={running}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={text.applications.displayName}
        hint={text.fieldRules.displayName}
        error={fault}
        value={displayName}
        onValue={setDisplayName}
      />
    </FormDialog>
  );
}
