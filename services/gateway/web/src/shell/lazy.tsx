// SPDX-License-Identifier: Apache-2.0
//
// Views that are loaded when they are first shown.
import type { ComponentType, FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

import { text } from "../text/en";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";

// `load` imports the module and picks the component.
export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
): FunctionComponent<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [, show] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded !== undefined) return;
      let left = false;
      load().then(
        (component) => {
          loaded = component;
          if (!left) show((count) => count + 1);
        },
        (fault: unknown) => {
          console.error(fault);
          if (!left) setFailed(true);
        },
      );
      return () => {
        left = true;
      };
    }, []);
    if (failed) return <ChunkFailure />;
    if (loaded === undefined) return <Skeleton lines={6} />;
    const View = loaded;
    return <View {...props} />;
  };
}

function ChunkFailure() {
  return (
    <Notice
      kind="failure"
      title={text.failure.chunkTitle}
      actions={
        <Button size="s" icon="reload" onClick={() => location.reload()}>
          {text.actions.reload}
        </Button>
      }
    >
      {text.failure.chunkWords}
    </Notice>
  );
}
