// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import { tokenFault } from "../api/field_rules";
import { formatMoment, toMs } from "../format/time";
import { TokenState, type Endpoint, type Token } from "../gen/millrace/registry/v1/registry_pb";
import { may } from "../session/session";
import { text } from "../text/en";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { Notice } from "../ui/Notice";
import { SecretDialog } from "../ui/SecretDialog";
import { toast } from "../ui/Toast";
import { rememberToken } from "./fresh_tokens";
import { BADGES, mayBecome, stateName } from "./token_states";
import "./TokensPanel.css";

const words = text.devices.tokens;

type Change = "activate" | "suspend" | "revoke";

interface TokensPanelProps {
  endpoint: Endpoint;
  onChanged: () => void;
}

export function TokensPanel({ endpoint, onChanged }: TokensPanelProps) {
  const [creating, setCreating] = useState(false);
  const [asked, setAsked] = useState<{ token: Token; change: Change } | undefined>();
  const tokens = [...endpoint.tokens].sort((a, b) => Number(b.tokenId - a.tokenId));
  return (
    <section class="stack" aria-label={words.title}>
      <div class="tokens-head">
        <p class="muted grow">{words.note}</p>
        {may("operator") && (
          <Button icon="plus" onClick={() => setCreating(true)}>
            {words.create}
          </Button>
        )}
      </div>
      {tokens.length === 0 && <Notice kind="warning">{words.none}</Notice>}
      <ul class="tokens">
        {tokens.map((token) => (
          <TokenRow
            key={String(token.tokenId)}
            token={token}
            onAsk={(change) => setAsked({ token, change })}
          />
        ))}
      </ul>
      {creating && (
        <CreateToken
          endpointId={endpoint.endpointId}
          onClose={() => setCreating(false)}
          onCreated={onChanged}
        />
      )}
      {asked && (
        <ConfirmChange
          {...asked}
          onClose={() => setAsked(undefined)}
          onDone={() => {
            setAsked(undefined);
            onChanged();
          }}
        />
      )}
    </section>
  );
}

function TokenRow({ token, onAsk }: { token: Token; onAsk: (change: Change) => void }) {
  const state = stateName(token);
  const created = toMs(token.createdAt);
  const changed = toMs(token.stateChangedAt);
  if (state === undefined) return null;
  const id = String(token.tokenId);
  return (
    <li class="tokens-token">
      <div class="tokens-what">
        <div class="row">
          <strong>{words.number(id)}</strong>
          <Badge kind={BADGES[state]} dot>
            {text.devices.states[state]}
          </Badge>
        </div>
        <p class="muted small">{text.devices.stateMeaning[state]}</p>
      </div>
      <dl class="tokens-times small">
        {created !== undefined && (
          <div>
            <dt class="muted">{words.columns.created}</dt>
            <dd>{formatMoment(created)}</dd>
          </div>
        )}
        {changed !== undefined && changed !== created && (
          <div>
            <dt class="muted">{words.columns.changed}</dt>
            <dd>{formatMoment(changed)}</dd>
          </div>
        )}
      </dl>
      {may("operator") && state !== "revoked" && (
        <div class="row row-end tokens-actions">
          {mayBecome(state, "active") && (
            <Button size="s" onClick={() => onAsk("activate")}>
              {words.activate}
            </Button>
          )}
          {mayBecome(state, "suspended") && (
            <Button size="s" onClick={() => onAsk("suspend")}>
              {words.suspend}
            </Button>
          )}
          <Button size="s" onClick={() => onAsk("revoke")}>
            {words.revoke}
          </Button>
        </div>
      )}
    </li>
  );
}

const WANTED: Record<Change, TokenState> = {
  activate: TokenState.ACTIVE,
  suspend: TokenState.SUSPENDED,
  revoke: TokenState.REVOKED,
};

interface ConfirmChangeProps {
  token: Token;
  change: Change;
  onClose: () => void;
  onDone: () => void;
}

function ConfirmChange({ token, change, onClose, onDone }: ConfirmChangeProps) {
  const id = String(token.tokenId);
  const { run, running, failure } = useAction((signal) =>
    registry.setTokenState(
      { which: { case: "tokenId", value: token.tokenId }, state: WANTED[change] },
      { signal },
    ),
  );
  const confirmed = async () => {
    if ((await run()) === undefined) return;
    toast(
      words.changed[
        change === "activate" ? "activated" : change === "suspend" ? "suspended" : "revoked"
      ],
    );
    onDone();
  };
  const title = {
    activate: words.activateTitle,
    suspend: words.suspendTitle,
    revoke: words.revokeTitle,
  }[change](id);
  return (
    <Confirm
      title={title}
      confirm={words[change]}
      danger={change === "revoke"}
      busy={running}
      failure={failure}
      onConfirm={confirmed}
      onClose={onClose}
    >
      <p>
        {
          { activate: words.activateWords, suspend: words.suspendWords, revoke: words.revokeWords }[
            change
          ]
        }
      </p>
    </Confirm>
  );
}

interface CreateTokenProps {
  endpointId: string;
  onClose: () => void;
  onCreated: () => void;
}

function CreateToken({ endpointId, onClose, onCreated }: CreateTokenProps) {
  const [token, setToken] = useState("");
  const [made, setMade] = useState<string | undefined>();
  const fault = tokenFault(token);
  const { run, running, failure } = useAction((signal) =>
    registry.createToken({ endpointId, token }, { signal }),
  );
  const submit = async () => {
    if (fault !== undefined) return;
    const created = await run();
    if (created === undefined) return;
    rememberToken(endpointId, created.token);
    setMade(created.token);
    onCreated();
  };
  if (made !== undefined) {
    return (
      <SecretDialog
        title={words.createdTitle}
        label={text.devices.secret.token}
        value={made}
        warning={text.devices.secret.warning}
        copy={text.devices.secret.copy}
        onClose={onClose}
      />
    );
  }
  return (
    <FormDialog
      title={words.createTitle}
      busy={running}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={text.devices.createDialog.token}
        hint={text.fieldRules.token}
        error={fault}
        value={token}
        onValue={setToken}
        mono
      />
    </FormDialog>
  );
}
