// SPDX-License-Identifier: Apache-2.0
//
// Nothing is here yet: what would be, and what to do next.
import type { ComponentChildren } from "preact";

import { Icon, type IconName } from "./Icon";
import "./Empty.css";

interface EmptyProps {
  icon?: IconName;
  title: string;
  // 1 where it is all of the page.
  level?: 1 | 2;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

export function Empty({ icon = "note", title, level = 2, children, actions }: EmptyProps) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <Heading class="empty-title">{title}</Heading>
      {children !== undefined && <div class="empty-words">{children}</div>}
      {actions !== undefined && <div class="row">{actions}</div>}
    </div>
  );
}
