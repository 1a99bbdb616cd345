// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { useAction } from "../api/call";
import { registry } from "../api/clients";
import { text } from "../text/en";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { SecretDialog } from "../ui/SecretDialog";
import { Segments } from "../ui/Segments";
import { passwordFault, serialFault } from "./credentials";

const words = text.clients.credentials;

type Kind = "password" | "certificate";

interface CreateCredentialsProps {
  onClose: () => void;
  onCreated: () => void;
}

export function CreateCredentials({ onClose, onCreated }: CreateCredentialsProps) {
  const [kind, setKind] = useState<Kind>("password");
  const [userName, setUserName] = useState("");
  const [password, setPassword] = useState("");
  const [issuer, setIssuer] = useState("");
  const [serialNumber, setSerialNumber] = useState("");
  const [made, setMade] = useState<string | undefined>();
  const faults = { password: passwordFault(password), serial: serialFault(serialNumber) };
  const complete =
    kind === "password"
      ? userName !== "" && faults.password === undefined
      : issuer !== "" && serialNumber !== "" && faults.serial === undefined;
  const { run, running, failure } = useAction((signal) =>
    registry.createClientCredentials(
      {
        kind:
          kind === "password"
            ? { case: "basic", value: { userName, password } }
            : { case: "certificate", value: { issuer: issuer.trim(), serialNumber } },
      },
      { signal },
    ),
  );
  const submit = async () => {
    if (!complete) return;
    const created = await run();
    if (created === undefined) return;
    onCreated();
    // A password that one has typed is known already.
    if (kind === "password" && password === "") setMade(created.password);
    else onClose();
  };
  if (made !== undefined) {
    return (
      <SecretDialog
        title={words.createdTitle}
        label={words.secret}
        value={made}
        warning={words.warning}
        copy={words.copy}
        onClose={onClose}
      />
    );
  }
  return (
    <FormDialog
      title={words.create}
      busy={running}
      disabled={!complete}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <Segments
        label={words.kind}
        value={kind}
        options={[
          { value: "password", label: words.password },
          { value: "certificate", label: words.certificate },
        ]}
        onValue={setKind}
      />
      {kind === "password" ? (
        <>
          <TextField
            label={words.userName}
            hint={words.userNameHint}
            value={userName}
            maxLength={128}
            onValue={setUserName}
            required
          />
          <TextField
            label={words.givenPassword}
            hint={words.passwordHint}
            error={faults.password}
            type="password"
            autocomplete="new-password"
            value={password}
            onValue={setPassword}
          />
        </>
      ) : (
        <>
          <TextField
            label={words.issuer}
            hint={words.issuerHint}
            value={issuer}
            onValue={setIssuer}
            mono
            required
          />
          <TextField
            label={words.serialNumber}
            hint={words.serialHint}
            error={faults.serial}
            value={serialNumber}
            onValue={setSerialNumber}
            mono
            required
          />
        </>
      )}
    </FormDialog>
  );
}
