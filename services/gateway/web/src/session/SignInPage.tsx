// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";

import { toFailure, type Failure } from "../api/failure";
import { paths, safeNext } from "../router/paths";
import { ThemeChoice } from "../shell/Choices";
import { Mark } from "../shell/Mark";
import { useTitle } from "../shell/title";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Notice } from "../ui/Notice";
import { endedByServer } from "./key";
import { keyFault, signInFault } from "./sign_in";
import { signIn } from "./session";
import "./SignInPage.css";

export function SignInPage() {
  const [key, setKey] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | undefined>();
  const [failure, setFailure] = useState<Failure | undefined>();
  const input = useRef<HTMLInputElement>(null);
  const [, navigate] = useLocation();
  const search = useSearch();
  useTitle(text.session.title);
  useEffect(() => {
    input.current?.focus();
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const entered = key.trim();
    setFailure(undefined);
    setFault(keyFault(entered));
    if (keyFault(entered) !== undefined) return input.current?.focus();
    setBusy(true);
    try {
      const own = await signIn(entered);
      const only = own.applicationNames.length === 1 ? own.applicationNames[0] : undefined;
      const next = new URLSearchParams(search).get("next");
      navigate(next === null && only !== undefined ? paths.application(only) : safeNext(next), {
        replace: true,
      });
    } catch (thrown) {
      const found = toFailure(thrown);
      if (found.kind === "unauthenticated") setFault(signInFault(found));
      else setFailure(found);
      setBusy(false);
      input.current?.focus();
    }
  };

  return (
    <main class="sign-in">
      <form class="sign-in-card" onSubmit={submit} noValidate>
        <div class="sign-in-brand">
          <Mark size={40} />
          <div>
            <h1>{text.product}</h1>
            <p class="muted">{text.session.words}</p>
          </div>
        </div>
        {endedByServer.value && fault === undefined && failure === undefined && (
          <Notice kind="warning">{text.session.ended}</Notice>
        )}
        <div class="sign-in-key">
          <TextField
            label={text.session.key}
            hint={text.session.keyHint}
            error={fault}
            value={key}
            onValue={setKey}
            type={shown ? "text" : "password"}
            inputRef={input}
            name="api-key"
            autocomplete="off"
            mono
          />
          <Button
            kind="quiet"
            icon="eye"
            label={shown ? text.session.hideKey : text.session.showKey}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          />
        </div>
        {failure && (
          <Notice kind="failure" title={text.failure.temporary}>
            <p>{signInFault(failure)}</p>
            <p class="small muted break">{failure.message}</p>
          </Notice>
        )}
        <Button kind="primary" type="submit" busy={busy}>
          {text.session.signIn}
        </Button>
      </form>
      <div class="sign-in-foot">
        <ThemeChoice />
      </div>
    </main>
  );
}
