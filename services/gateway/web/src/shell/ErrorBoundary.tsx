// SPDX-License-Identifier: Apache-2.0
//
// A fault in one view leaves the rest of the page alone.
import type { ComponentChildren } from "preact";
import { useEffect, useErrorBoundary, useRef } from "preact/hooks";

import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";

// `place`: where one is; another view starts without the fault.
export function ErrorBoundary({ place, children }: { place: string; children: ComponentChildren }) {
  const [fault, reset] = useErrorBoundary((thrown: unknown) => console.error(thrown));
  const failedAt = useRef(place);
  if (fault === undefined) failedAt.current = place;
  useEffect(() => {
    if (failedAt.current !== place) reset();
  }, [place]);
  if (fault === undefined) return <>{children}</>;
  return (
    <Notice
      kind="failure"
      title={text.failure.pageTitle}
      actions={
        <>
          <Button size="s" icon="reload" onClick={reset}>
            {text.actions.retry}
          </Button>
          <Button size="s" onClick={() => location.reload()}>
            {text.actions.reload}
          </Button>
        </>
      }
    >
      <p>{text.failure.pageWords}</p>
      <p class="mono small break">{String(fault instanceof Error ? fault.message : fault)}</p>
    </Notice>
  );
}
