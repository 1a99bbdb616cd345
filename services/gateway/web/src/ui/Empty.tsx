// SPDX-License-Identifier: Apache-2.0
//
// Nothing is here yet: what would be, and what to do next.
import type { ComponentChildren } from "preact";

import { Icon, type IconName } from "./Icon";
import "./Empty.css";

interface EmptyProps {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

export function Empty({ icon = "note", title, children, actions }: EmptyProps) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <h2>{title}</h2>
      {children !== undefined && <div class="empty-words">{children}</div>}
      {actions !== undefined && <div class="row">{actions}</div>}
    </div>
  );
}
