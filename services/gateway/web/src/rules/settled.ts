// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";

// A value that stands still for so long, so that a call is not made for each key that is pressed.
export function useSettled<T>(value: T, quietMs: number): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(() => value), quietMs);
    return () => clearTimeout(timer);
  }, [value, quietMs]);
  return settled;
}
