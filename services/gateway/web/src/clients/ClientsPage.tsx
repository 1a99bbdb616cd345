// SPDX-License-Identifier: Apache-2.0
//
// Who may connect over MQTT: what is asked of clients, and the credentials they can show.
import { useState } from "preact/hooks";

import type { PagedList } from "../api/paged_list";
import { BADGES, isStateName, mayBecome, stateName, STATES_BY_NAME } from "../devices/token_states";
import { formatAge, formatMoment, toMs } from "../format/time";
import { TokenState, type ClientCredentials } from "../gen/millrace/registry/v1/registry_pb";
import { PageHeader } from "../shell/PageHeader";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { FailureNotice } from "../ui/Notice";
import { SearchField } from "../ui/SearchField";
import { Select } from "../ui/Select";
import { Table, type Column } from "../ui/Table";
import { AuthenticationCard } from "./AuthenticationCard";
import { ChangeState, type Change } from "./ChangeState";
import { CreateCredentials } from "./CreateCredentials";
import { clientName, useCredentialsList } from "./credentials";
import "./ClientsPage.css";

const words = text.clients.credentials;

export function ClientsPage() {
  const [search, setSearch] = useState("");
  const [state, setState] = useState("");
  const list = useCredentialsList(
    search,
    isStateName(state) ? STATES_BY_NAME[state] : TokenState.UNSPECIFIED,
  );
  const [creating, setCreating] = useState(false);
  const [asked, setAsked] = useState<{ credentials: ClientCredentials; change: Change }>();
  return (
    <>
      <PageHeader
        title={text.clients.title}
        note={text.clients.note}
        actions={
          <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
            {words.create}
          </Button>
        }
      />
      <AuthenticationCard />
      <section class="stack" aria-labelledby="clients-credentials">
        <h2 id="clients-credentials">{words.title}</h2>
        <Filters search={search} onSearch={setSearch} state={state} onState={setState} />
        <Credentials
          list={list}
          filtered={search !== "" || state !== ""}
          onAsk={(credentials, change) => setAsked({ credentials, change })}
        />
      </section>
      {creating && <CreateCredentials onClose={() => setCreating(false)} onCreated={list.reload} />}
      {asked && (
        <ChangeState
          {...asked}
          onClose={() => setAsked(undefined)}
          onDone={() => {
            setAsked(undefined);
            list.reload();
          }}
        />
      )}
    </>
  );
}

interface FiltersProps {
  search: string;
  onSearch: (search: string) => void;
  state: string;
  onState: (state: string) => void;
}

function Filters({ search, onSearch, state, onState }: FiltersProps) {
  return (
    <div class="clients-filters" role="search">
      <SearchField label={words.search} value={search} onValue={onSearch} />
      <Select
        label={words.state}
        hideLabel
        value={state}
        onValue={onState}
        options={[
          { value: "", label: words.anyState },
          ...(["active", "inactive", "suspended", "revoked"] as const).map((name) => ({
            value: name,
            label: text.devices.states[name],
          })),
        ]}
      />
    </div>
  );
}

interface CredentialsProps {
  list: PagedList<ClientCredentials>;
  filtered: boolean;
  onAsk: (credentials: ClientCredentials, change: Change) => void;
}

function Credentials({ list, filtered, onAsk }: CredentialsProps) {
  if (list.failure) return <FailureNotice failure={list.failure} onRetry={list.retry} />;
  if (!list.loading && list.rows.length === 0) {
    return filtered ? (
      <Empty icon="search" title={text.states.nothingFits} />
    ) : (
      <Empty icon="key" title={words.emptyTitle}>
        {words.emptyWords}
      </Empty>
    );
  }
  return (
    <Table
      label={words.title}
      columns={columnsOf(onAsk)}
      rows={list.rows}
      rowKey={(one) => String(one.credentialsId)}
      rowHeight={72}
      onRange={({ last }) => list.want(last)}
    />
  );
}

function columnsOf(onAsk: CredentialsProps["onAsk"]): Column<ClientCredentials>[] {
  return [
    {
      key: "client",
      title: words.columns.client,
      rowHeader: true,
      cell: (one) => <Client credentials={one} />,
    },
    {
      key: "kind",
      title: words.columns.kind,
      width: "112px",
      wideOnly: true,
      cell: ({ kind }) => (kind.case === "certificate" ? words.certificate : words.password),
    },
    {
      key: "state",
      title: words.columns.state,
      width: "116px",
      wideOnly: true,
      cell: (one) => <State credentials={one} />,
    },
    {
      key: "used",
      title: words.columns.used,
      width: "130px",
      wideOnly: true,
      cell: ({ lastUsedAt }) => {
        const at = toMs(lastUsedAt);
        if (at === undefined) return <span class="muted">{words.notUsed}</span>;
        return <span title={formatMoment(at)}>{formatAge(at)}</span>;
      },
    },
    {
      key: "actions",
      title: words.columns.actions,
      hideTitle: true,
      align: "end",
      width: "184px",
      cell: (one) => <Actions credentials={one} onAsk={(change) => onAsk(one, change)} />,
    },
  ];
}

function Client({ credentials }: { credentials: ClientCredentials }) {
  const { kind } = credentials;
  const name = clientName(credentials);
  return (
    <div class="clients-client">
      <strong title={name}>{name}</strong>
      {kind.case === "certificate" && (
        <span class="muted small mono" title={kind.value.serialNumber}>
          {words.serial(kind.value.serialNumber)}
        </span>
      )}
      <span class="narrow-only">
        <State credentials={credentials} />
      </span>
    </div>
  );
}

function State({ credentials }: { credentials: ClientCredentials }) {
  const state = stateName(credentials);
  if (state === undefined) return null;
  return (
    <span title={words.stateMeaning[state]}>
      <Badge kind={BADGES[state]} dot>
        {text.devices.states[state]}
      </Badge>
    </span>
  );
}

interface ActionsProps {
  credentials: ClientCredentials;
  onAsk: (change: Change) => void;
}

function Actions({ credentials, onAsk }: ActionsProps) {
  const state = stateName(credentials);
  if (state === undefined || state === "revoked") return null;
  const changes: Change[] = [mayBecome(state, "active") ? "activate" : "suspend", "revoke"];
  const name = clientName(credentials);
  return (
    <div class="row row-end clients-actions">
      {changes.map((one) => (
        <Button key={one} size="s" onClick={() => onAsk(one)} aria-label={words.ask[one](name)}>
          {words[one]}
        </Button>
      ))}
    </div>
  );
}
