// SPDX-License-Identifier: Apache-2.0
//
// What stands around every view: the navigation at the side, or behind a button where the screen is narrow.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";

import { paths } from "../router/paths";
import { text } from "../text/en";
import { Button } from "../ui/Button";
import { ErrorBoundary } from "./ErrorBoundary";
import { Mark } from "./Mark";
import { Navigation } from "./Navigation";
import "./Layout.css";

export function Layout({ children }: { children: ComponentChildren }) {
  const [location] = useLocation();
  const content = useRef<HTMLElement>(null);
  useNewViewFocus(content, location);
  return (
    <div class="layout">
      <a
        class="layout-skip"
        href="#content"
        onClick={(event) => (event.preventDefault(), content.current?.focus())}
      >
        {text.navigation.skip}
      </a>
      <header class="layout-bar">
        <Drawer key={location} />
        <Link href={paths.applications()} class="layout-brand">
          <Mark />
          <span>{text.product}</span>
        </Link>
      </header>
      <header class="layout-side">
        <Link href={paths.applications()} class="layout-brand">
          <Mark />
          <span>{text.product}</span>
        </Link>
        <Navigation />
      </header>
      <main class="layout-main" id="content" ref={content} tabIndex={-1}>
        <ErrorBoundary place={location}>{children}</ErrorBoundary>
      </main>
    </div>
  );
}

// As after loading a page: the focus is at the beginning of the new view, and it is seen from the top; but the browser's
// back button restores where one was.
function useNewViewFocus(content: { current: HTMLElement | null }, location: string) {
  const first = useRef(true);
  const back = useRef(false);
  useEffect(() => {
    const note = () => {
      back.current = true;
    };
    addEventListener("popstate", note);
    return () => removeEventListener("popstate", note);
  }, []);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    content.current?.focus({ preventScroll: true });
    if (!back.current) scrollTo(0, 0);
    back.current = false;
  }, [location]);
}

function Drawer() {
  const [open, setOpen] = useState(false);
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !element.current?.open) element.current?.showModal();
  }, [open]);
  return (
    <>
      <Button
        kind="quiet"
        icon="menu"
        label={text.navigation.open}
        aria-expanded={open}
        onClick={() => setOpen(true)}
      />
      {open && (
        <dialog
          ref={element}
          class="drawer"
          aria-label={text.navigation.label}
          onClose={() => setOpen(false)}
          onClick={(event) => event.target === event.currentTarget && element.current?.close()}
        >
          <div class="drawer-inner">
            <div class="drawer-head">
              <Button
                kind="quiet"
                icon="close"
                label={text.navigation.close}
                onClick={() => element.current?.close()}
              />
            </div>
            <Navigation />
          </div>
        </dialog>
      )}
    </>
  );
}
