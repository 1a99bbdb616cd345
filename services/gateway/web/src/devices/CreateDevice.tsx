// SPDX-License-Identifier: Apache-2.0
//
// A new device, and then its token, which is shown this once.
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";

import { useAction, useCall } from "../api/call";
import { registry } from "../api/clients";
import { endpointIdFault, tokenFault } from "../api/field_rules";
import { listVersions } from "../applications/versions";
import { paths } from "../router/paths";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { FailureNotice } from "../ui/Notice";
import { Secret } from "../ui/Secret";
import { Select } from "../ui/Select";
import { Skeleton } from "../ui/Skeleton";
import { rememberToken } from "./fresh_tokens";

const words = text.devices;

interface CreateDeviceProps {
  app: string;
  // Also after a device was made.
  onClose: () => void;
}

export function CreateDevice({ app, onClose }: CreateDeviceProps) {
  const versions = useCall((signal) => listVersions(app, signal), [app]);
  const [chosen, setChosen] = useState("");
  const [id, setId] = useState("");
  const [token, setToken] = useState("");
  const [made, setMade] = useState<{ id: string; token: string } | undefined>();
  // The newest is what new devices run, most likely.
  const newest = versions.value?.reduce<(typeof versions.value)[number] | undefined>(
    (best, one) =>
      (one.createdAt?.seconds ?? 0n) >= (best?.createdAt?.seconds ?? 0n) ? one : best,
    undefined,
  );
  const version = chosen || newest?.name || "";
  const faults = [endpointIdFault(id), tokenFault(token)];
  const { run, running, failure } = useAction((signal) =>
    registry.createEndpoint({ appVersionName: version, endpointId: id, token }, { signal }),
  );

  const submit = async () => {
    if (version === "" || faults.some((fault) => fault !== undefined)) return;
    const created = await run();
    if (created?.endpoint === undefined) return;
    rememberToken(created.endpoint.endpointId, created.token);
    setMade({ id: created.endpoint.endpointId, token: created.token });
  };
  if (made !== undefined) return <Made app={app} {...made} onClose={onClose} />;
  return (
    <FormDialog
      title={words.create}
      busy={running}
      disabled={version === ""}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      {versions.failure && <FailureNotice failure={versions.failure} onRetry={versions.reload} />}
      {versions.value === undefined && versions.failure === undefined && <Skeleton height={52} />}
      {versions.value && (
        <Select
          label={words.version}
          value={version}
          onValue={setChosen}
          options={versions.value.map(({ name }) => ({ value: name, label: name }))}
        />
      )}
      <TextField
        label={words.createDialog.id}
        hint={text.fieldRules.endpointId}
        error={faults[0]}
        value={id}
        onValue={setId}
        mono
      />
      <TextField
        label={words.createDialog.token}
        hint={text.fieldRules.token}
        error={faults[1]}
        value={token}
        onValue={setToken}
        mono
      />
    </FormDialog>
  );
}

function Made({
  app,
  id,
  token,
  onClose,
}: {
  app: string;
  id: string;
  token: string;
  onClose: () => void;
}) {
  const [, navigate] = useLocation();
  return (
    <Dialog
      title={words.createDialog.createdTitle}
      onClose={onClose}
      closable={false}
      actions={
        <>
          <Button onClick={onClose}>{text.actions.done}</Button>
          <Button
            kind="primary"
            onClick={() => {
              onClose();
              navigate(paths.device(app, id, "connect"));
            }}
          >
            {words.createDialog.connect}
          </Button>
        </>
      }
    >
      <p class="mono break">{id}</p>
      <Secret
        label={words.secret.token}
        value={token}
        warning={words.secret.warning}
        copy={words.secret.copy}
      />
    </Dialog>
  );
}
