// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren, JSX } from "preact";
import { Link } from "wouter-preact";

import { Icon, type IconName } from "./Icon";
import "./Button.css";

interface Look {
  kind?: "primary" | "secondary" | "quiet" | "danger";
  size?: "m" | "s";
  icon?: IconName;
  children?: ComponentChildren;
  // Instead of children, where only the icon is seen.
  label?: string;
}

function classes({ kind = "secondary", size = "m", children }: Look, extra?: string): string {
  const only = children === undefined ? " btn-icon" : "";
  return `btn btn-${kind} btn-${size}${only}${extra ? ` ${extra}` : ""}`;
}

type ButtonProps = Look &
  Omit<JSX.HTMLAttributes<HTMLButtonElement>, "icon" | "size" | "label"> & {
    type?: "button" | "submit";
    disabled?: boolean;
    // The button keeps its width and place, says that it is at work and takes no second click.
    busy?: boolean;
    class?: string;
    form?: string;
  };

export function Button({
  kind,
  size,
  icon,
  label,
  children,
  busy,
  class: extra,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={classes({ kind, size, children }, extra)}
      aria-label={label}
      title={label}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
    >
      {busy ? <span class="btn-spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

// Looks like a button and is a link: it leads somewhere.
export function ButtonLink({ href, label, ...look }: Look & { href: string }) {
  return (
    <Link href={href} class={classes(look)} aria-label={label} title={label}>
      {look.icon && <Icon name={look.icon} />}
      {look.children !== undefined && <span>{look.children}</span>}
    </Link>
  );
}
