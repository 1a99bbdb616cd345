// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { useAction, useCall } from "../api/call";
import { registry } from "../api/clients";
import { nameFault } from "../api/field_rules";
import { formatMoment, toMs } from "../format/time";
import type { AppVersion } from "../gen/millrace/registry/v1/registry_pb";
import { may } from "../session/session";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { Table, type Column } from "../ui/Table";
import { toast } from "../ui/Toast";
import { useCrumbs } from "./crumbs";
import { DeviceCount } from "./DeviceCount";
import { listVersions } from "./versions";

const words = text.applications.versions;

export function VersionsPage({ app }: { app: string }) {
  const {
    value: versions,
    failure,
    reload,
  } = useCall((signal) => listVersions(app, signal), [app]);
  const [creating, setCreating] = useState(false);
  const crumbs = useCrumbs(app);
  const create = may("operator") && (
    <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
      {words.create}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={words.title}
        crumbs={crumbs}
        note={words.note}
        actions={versions?.length !== 0 && create}
      />
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {versions === undefined && failure === undefined && <Skeleton lines={4} />}
      {versions?.length === 0 && (
        <Empty icon="versions" title={words.emptyTitle} actions={create}>
          {words.emptyWords}
        </Empty>
      )}
      {versions !== undefined && versions.length > 0 && (
        <Table
          label={words.title}
          columns={columnsOf(app)}
          rows={versions}
          rowKey={(version) => version.name}
        />
      )}
      {creating && (
        <CreateVersion
          app={app}
          onClose={() => setCreating(false)}
          onCreated={(version) => {
            setCreating(false);
            toast(words.created(version.name));
            reload();
          }}
        />
      )}
    </>
  );
}

function columnsOf(app: string): Column<AppVersion>[] {
  return [
    {
      key: "name",
      title: words.name,
      rowHeader: true,
      cell: (version) => <span class="mono">{version.name}</span>,
    },
    {
      key: "devices",
      title: words.devices,
      align: "end",
      width: "110px",
      cell: (version) => <DeviceCount app={app} version={version.name} />,
    },
    {
      key: "created",
      title: words.createdAt,
      wideOnly: true,
      width: "220px",
      cell: (version) => {
        const created = toMs(version.createdAt);
        return created !== undefined && formatMoment(created);
      },
    },
  ];
}

interface CreateVersionProps {
  app: string;
  onClose: () => void;
  onCreated: (version: AppVersion) => void;
}

export function CreateVersion({ app, onClose, onCreated }: CreateVersionProps) {
  const [name, setName] = useState("");
  const { run, running, failure } = useAction((signal) =>
    registry.createAppVersion({ applicationName: app, name }, { signal }),
  );
  const fault = nameFault(name);
  const submit = async () => {
    if (name === "" || fault !== undefined) return;
    const version = await run();
    if (version !== undefined) onCreated(version);
  };
  return (
    <FormDialog
      title={words.create}
      busy={running}
      disabled={name === ""}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.name}
        hint={`${text.fieldRules.name} ${words.taken}`}
        error={fault}
        value={name}
        onValue={setName}
        placeholder={`${app.slice(0, 60)}-v2`}
        required
        mono
      />
    </FormDialog>
  );
}
