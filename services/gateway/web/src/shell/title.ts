// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";

import { text } from "../text/en";

// The window's title: the view first, then what it is in.
export function useTitle(...parts: string[]): void {
  const title = [...parts, text.product].join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}
