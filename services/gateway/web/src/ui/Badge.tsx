// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import "./Badge.css";

export type BadgeKind = "neutral" | "ok" | "warning" | "danger" | "accent";

// `dot`: a light in front of the word, since colour alone says nothing to some.
export function Badge({
  kind = "neutral",
  dot,
  children,
}: {
  kind?: BadgeKind;
  dot?: boolean;
  children: ComponentChildren;
}) {
  return (
    <span class={`badge badge-${kind}`}>
      {dot && <span class="badge-dot" aria-hidden="true" />}
      {children}
    </span>
  );
}
