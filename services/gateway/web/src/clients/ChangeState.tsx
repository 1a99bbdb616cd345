// SPDX-License-Identifier: Apache-2.0
import { useAction } from "../api/call";
import { registry } from "../api/clients";
import { TokenState, type ClientCredentials } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";
import { Confirm } from "../ui/Dialog";
import { toast } from "../ui/Toast";
import { clientName } from "./credentials";

const words = text.clients.credentials;

export type Change = "activate" | "suspend" | "revoke";

const WANTED: Record<Change, TokenState> = {
  activate: TokenState.ACTIVE,
  suspend: TokenState.SUSPENDED,
  revoke: TokenState.REVOKED,
};

interface ChangeStateProps {
  credentials: ClientCredentials;
  change: Change;
  onClose: () => void;
  onDone: () => void;
}

export function ChangeState({ credentials, change, onClose, onDone }: ChangeStateProps) {
  const client = clientName(credentials);
  const { run, running, failure } = useAction((signal) =>
    registry.setClientCredentialsState(
      { credentialsId: credentials.credentialsId, state: WANTED[change] },
      { signal },
    ),
  );
  const confirmed = async () => {
    if ((await run()) === undefined) return;
    toast(words.done[change](client));
    onDone();
  };
  return (
    <Confirm
      title={words.ask[change](client)}
      confirm={words[change]}
      danger={change === "revoke"}
      busy={running}
      failure={failure}
      onConfirm={confirmed}
      onClose={onClose}
    >
      <p>{words.askWords[change]}</p>
    </Confirm>
  );
}
