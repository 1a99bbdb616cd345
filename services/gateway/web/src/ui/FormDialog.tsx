// SPDX-License-Identifier: Apache-2.0
//
// A dialog that asks for something and does it: fields, what went wrong, cancel and go.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import type { Failure } from "../api/failure";
import { text } from "../text/en";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { FailureNotice } from "./Notice";

interface FormDialogProps {
  title: string;
  // What the button says; not set: Create.
  action?: string;
  busy: boolean;
  // Something is missing that must be there.
  disabled?: boolean;
  failure: Failure | undefined;
  onSubmit: () => void;
  onClose: () => void;
  children: ComponentChildren;
}

export function FormDialog(props: FormDialogProps) {
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    if (!props.disabled) props.onSubmit();
  };
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{text.actions.cancel}</Button>
          <Button
            kind="primary"
            type="submit"
            form={id}
            busy={props.busy}
            disabled={props.disabled}
          >
            {props.action ?? text.actions.create}
          </Button>
        </>
      }
    >
      <form id={id} class="stack" onSubmit={submit} noValidate>
        {props.children}
        {props.failure && <FailureNotice failure={props.failure} />}
      </form>
    </Dialog>
  );
}
