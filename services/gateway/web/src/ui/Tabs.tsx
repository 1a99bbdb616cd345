// SPDX-License-Identifier: Apache-2.0
//
// Tabs that are places: each has its own address, so they are links in a navigation, not a widget of roles tab and tabpanel.
import { Link, useLocation } from "wouter-preact";
import "./Tabs.css";

export interface Tab {
  href: string;
  label: string;
}

export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const [location] = useLocation();
  return (
    <nav class="tabs" aria-label={label}>
      <ul>
        {tabs.map((tab) => (
          <li key={tab.href}>
            <Link
              href={tab.href}
              class="tabs-tab"
              aria-current={location === tab.href ? "page" : undefined}
            >
              {tab.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
