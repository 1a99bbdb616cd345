// SPDX-License-Identifier: Apache-2.0
//
// Shows something that is shown once only: it is closed by its button alone.
import { text } from "../text/en";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Secret } from "./Secret";

interface SecretDialogProps {
  title: string;
  label: string;
  value: string;
  warning: string;
  copy: string;
  onClose: () => void;
}

export function SecretDialog({ title, onClose, ...secret }: SecretDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      closable={false}
      actions={
        <Button kind="primary" onClick={onClose}>
          {text.actions.done}
        </Button>
      }
    >
      <Secret {...secret} />
    </Dialog>
  );
}
