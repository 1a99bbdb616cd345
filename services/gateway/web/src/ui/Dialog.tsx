// SPDX-License-Identifier: Apache-2.0
//
// The browser's own dialog: it keeps the focus inside, closes with Escape and gives the focus back.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import { text } from "../text/en";
import { Button } from "./Button";
import { FailureNotice } from "./Notice";
import type { Failure } from "../api/failure";
import "./Dialog.css";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  // Buttons at its end, the most likely one last.
  actions?: ComponentChildren;
  wide?: boolean;
  // False: neither Escape nor the cross closes it, since something is shown once only.
  closable?: boolean;
}

// Open for as long as it is rendered.
export function Dialog({ title, onClose, children, actions, wide, closable = true }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const left = useRef(false);
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    // Not on the cross, which comes first: where one would type, else on what one would press.
    const first = dialog?.querySelector<HTMLElement>(
      ".dialog-body :is(input, select, textarea):not(:disabled)",
    );
    (
      first ?? dialog?.querySelector<HTMLElement>(".dialog-body button, .dialog-foot button")
    )?.focus();
    return () => {
      left.current = true;
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "dialog dialog-wide" : "dialog"}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (closable) onClose();
      }}
      // A second Escape closes it whatever the first was told.
      onClose={() => {
        if (left.current) return;
        if (closable) onClose();
        else element.current?.showModal();
      }}
    >
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        {closable && (
          <Button kind="quiet" icon="close" label={text.actions.close} onClick={onClose} />
        )}
      </header>
      <div class="dialog-body">{children}</div>
      {actions !== undefined && <footer class="dialog-foot">{actions}</footer>}
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  // What will happen.
  children: ComponentChildren;
  // The verb: "Revoke token".
  confirm: string;
  danger?: boolean;
  busy?: boolean;
  failure?: Failure;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({
  title,
  children,
  confirm,
  danger,
  busy,
  failure,
  onConfirm,
  onClose,
}: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.actions.cancel}</Button>
          <Button kind={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {failure && <FailureNotice failure={failure} onRetry={onConfirm} />}
    </Dialog>
  );
}
