// SPDX-License-Identifier: Apache-2.0
//
// The head of a page: where one is, what it is called, what can be done with it. Sets the window's title too.
import type { ComponentChildren } from "preact";
import { Link } from "wouter-preact";

import { text } from "../text/en";
import { useTitle } from "./title";
import "./PageHeader.css";

export interface Crumb {
  href: string;
  label: string;
}

interface PageHeaderProps {
  title: string;
  // Outermost first, without the page itself.
  crumbs?: readonly Crumb[];
  // One line under the title.
  note?: ComponentChildren;
  actions?: ComponentChildren;
  // Instead of the title where it is more than text.
  heading?: ComponentChildren;
}

export function PageHeader({ title, crumbs = [], note, actions, heading }: PageHeaderProps) {
  useTitle(title, ...crumbs.map((crumb) => crumb.label).reverse());
  return (
    <header class="head">
      {crumbs.length > 0 && (
        <nav aria-label={text.navigation.breadcrumbs}>
          <ol class="head-crumbs">
            {crumbs.map((crumb) => (
              <li key={crumb.href}>
                <Link href={crumb.href}>{crumb.label}</Link>
              </li>
            ))}
          </ol>
        </nav>
      )}
      <div class="head-row">
        <div class="head-title">
          <h1>{heading ?? title}</h1>
          {note !== undefined && <p class="muted">{note}</p>}
        </div>
        {actions !== undefined && <div class="row">{actions}</div>}
      </div>
    </header>
  );
}
