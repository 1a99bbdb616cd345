// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { useAction, useCall } from "../api/call";
import { registry } from "../api/clients";
import { formatDate, formatMoment, toMs } from "../format/time";
import type { ApiKey } from "../gen/millrace/registry/v1/registry_pb";
import { ownKey, roleOf, signOut } from "../session/session";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Checkbox } from "../ui/Field";
import { FailureNotice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { Table, type Column } from "../ui/Table";
import { toast } from "../ui/Toast";
import { CreateKey } from "./CreateKey";
import "./KeysPage.css";

const words = text.keys;

export function KeysPage() {
  const { value, failure, reload } = useCall((signal) => registry.listApiKeys({}, { signal }), []);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | undefined>();
  const [withRevoked, setWithRevoked] = useState(false);
  const keys = value?.apiKeys.filter((key) => withRevoked || key.revokedAt === undefined);
  const revoked = value?.apiKeys.filter((key) => key.revokedAt !== undefined).length ?? 0;
  return (
    <>
      <PageHeader
        title={words.title}
        note={words.note}
        actions={
          <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
            {words.create}
          </Button>
        }
      />
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined && failure === undefined && <Skeleton lines={5} />}
      {keys !== undefined && (
        <Table
          label={words.title}
          columns={columnsOf(setRevoking)}
          rows={keys}
          rowKey={(key) => String(key.keyId)}
          rowHeight={56}
        />
      )}
      {revoked > 0 && (
        <Checkbox
          label={words.showRevoked(revoked)}
          checked={withRevoked}
          onChecked={setWithRevoked}
        />
      )}
      {creating && <CreateKey onClose={() => setCreating(false)} onCreated={reload} />}
      {revoking && (
        <RevokeKey
          apiKey={revoking}
          onClose={() => setRevoking(undefined)}
          onRevoked={() => {
            setRevoking(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}

function columnsOf(onRevoke: (key: ApiKey) => void): Column<ApiKey>[] {
  return [
    {
      key: "name",
      title: words.columns.name,
      rowHeader: true,
      cell: (key) => <Named apiKey={key} />,
    },
    {
      key: "role",
      title: words.columns.role,
      width: "104px",
      cell: (key) => text.session.roles[roleOf(key)],
    },
    {
      key: "applications",
      title: words.columns.applications,
      wideOnly: true,
      width: "28%",
      cell: ({ applicationNames: names }) =>
        names.length === 0 ? (
          <span class="muted">{words.all}</span>
        ) : (
          <span title={names.join(", ")}>{names.join(", ")}</span>
        ),
    },
    {
      key: "created",
      title: words.columns.created,
      wideOnly: true,
      width: "130px",
      cell: (key) => {
        const created = toMs(key.createdAt);
        return (
          created !== undefined && <span title={formatMoment(created)}>{formatDate(created)}</span>
        );
      },
    },
    {
      key: "actions",
      title: words.columns.actions,
      hideTitle: true,
      align: "end",
      width: "112px",
      cell: (key) => {
        const at = toMs(key.revokedAt);
        return at === undefined ? (
          <Button size="s" onClick={() => onRevoke(key)} aria-label={words.revokeTitle(key.name)}>
            {words.revoke}
          </Button>
        ) : (
          <span title={formatMoment(at)}>
            <Badge kind="danger">{words.revoked}</Badge>
          </span>
        );
      },
    },
  ];
}

function Named({ apiKey }: { apiKey: ApiKey }) {
  return (
    <span class="keys-name">
      <strong title={apiKey.name}>{apiKey.name}</strong>
      {apiKey.keyId === ownKey.value?.keyId && <Badge kind="accent">{words.own}</Badge>}
    </span>
  );
}

interface RevokeKeyProps {
  apiKey: ApiKey;
  onClose: () => void;
  onRevoked: () => void;
}

function RevokeKey({ apiKey, onClose, onRevoked }: RevokeKeyProps) {
  const own = apiKey.keyId === ownKey.value?.keyId;
  const { run, running, failure } = useAction((signal) =>
    registry.revokeApiKey({ keyId: apiKey.keyId }, { signal }),
  );
  const confirmed = async () => {
    if ((await run()) === undefined) return;
    toast(words.revokedToast(apiKey.name));
    if (own) signOut();
    else onRevoked();
  };
  return (
    <Confirm
      title={words.revokeTitle(apiKey.name)}
      confirm={words.revoke}
      danger
      busy={running}
      failure={failure}
      onConfirm={confirmed}
      onClose={onClose}
    >
      <p>{words.revokeWords}</p>
      {own && <p>{words.revokeOwn}</p>}
    </Confirm>
  );
}
