// SPDX-License-Identifier: Apache-2.0
//
// A deep link to a page that the key may not open says why, instead of failing call by call.
import type { ComponentChildren } from "preact";

import { isBound, may, type Role } from "../session/session";
import { text } from "../text/en";
import { Empty } from "../ui/Empty";
import { useTitle } from "./title";

interface RequireProps {
  role?: Exclude<Role, "reader">;
  unbound?: boolean;
  children: ComponentChildren;
}

export function RequireRole({ role, unbound, children }: RequireProps) {
  if (role !== undefined && !may(role)) {
    return <Refused>{text.access[role]}</Refused>;
  }
  if (unbound && isBound.value) {
    return <Refused>{text.access.unbound}</Refused>;
  }
  return <>{children}</>;
}

function Refused({ children }: { children: string }) {
  useTitle(text.access.title);
  return (
    <Empty icon="key" level={1} title={text.access.title}>
      {children}
    </Empty>
  );
}
