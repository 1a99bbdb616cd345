// SPDX-License-Identifier: Apache-2.0
//
// A deep link to a page that the key may not open says why, instead of failing call by call.
import type { ComponentChildren } from "preact";

import { isBound, may, type Role } from "../session/session";
import { text } from "../text/en";
import { Empty } from "../ui/Empty";

interface RequireProps {
  role?: Exclude<Role, "reader">;
  unbound?: boolean;
  children: ComponentChildren;
}

export function RequireRole({ role, unbound, children }: RequireProps) {
  if (role !== undefined && !may(role)) {
    return (
      <Empty icon="key" title={text.access.title}>
        {text.access[role]}
      </Empty>
    );
  }
  if (unbound && isBound.value) {
    return (
      <Empty icon="key" title={text.access.title}>
        {text.access.unbound}
      </Empty>
    );
  }
  return <>{children}</>;
}
