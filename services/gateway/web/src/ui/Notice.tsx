// SPDX-License-Identifier: Apache-2.0
//
// A sentence that matters, where it matters: what went wrong, what to heed, what to do.
import type { ComponentChildren } from "preact";

import type { Failure } from "../api/failure";
import { text } from "../text/en";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import "./Notice.css";

interface NoticeProps {
  kind?: "note" | "ok" | "warning" | "failure";
  title?: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

const ICONS: Record<NonNullable<NoticeProps["kind"]>, IconName> = {
  note: "note",
  ok: "check",
  warning: "warning",
  failure: "failure",
};

export function Notice({ kind = "note", title, children, actions }: NoticeProps) {
  return (
    <div class={`notice notice-${kind}`} role={kind === "failure" ? "alert" : "status"}>
      <Icon name={ICONS[kind]} />
      <div class="notice-words">
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div>{children}</div>}
        {actions !== undefined && <div class="row">{actions}</div>}
      </div>
    </div>
  );
}

const TITLES: Partial<Record<Failure["kind"], string>> = {
  temporary: text.failure.temporary,
  forbidden: text.failure.forbidden,
  missing: text.failure.missing,
  refused: text.failure.refused,
  fault: text.failure.fault,
};

// The server's words, and a button to try again where that may help.
export function FailureNotice({ failure, onRetry }: { failure: Failure; onRetry?: () => void }) {
  if (failure.kind === "cancelled" || failure.kind === "unauthenticated") return null;
  const retry = onRetry !== undefined && (failure.kind === "temporary" || failure.kind === "fault");
  const wait = failure.retryAfterMs;
  return (
    <Notice
      kind="failure"
      title={TITLES[failure.kind]}
      actions={
        retry && (
          <Button size="s" icon="reload" onClick={onRetry}>
            {text.actions.retry}
          </Button>
        )
      }
    >
      <p class="break">{failure.message}</p>
      {wait !== undefined && wait >= 1000 && (
        <p>{text.failure.retryAfter(Math.ceil(wait / 1000))}</p>
      )}
    </Notice>
  );
}
