// SPDX-License-Identifier: Apache-2.0
//
// The state of a view in the address's query, so that a link shows what its sender saw.
import { useCallback } from "preact/hooks";
import { navigate } from "wouter-preact/use-browser-location";
import { useSearch } from "wouter-preact";

export interface QueryChange {
  // True: the browser's back button returns to the state before. False (default): the state is replaced.
  push?: boolean;
}

export function withParam(search: string, name: string, value: string | undefined): string {
  const params = new URLSearchParams(search);
  if (value === undefined || value === "") params.delete(name);
  else params.set(name, value);
  const query = params.toString();
  return query === "" ? "" : `?${query}`;
}

// Several at once: two changes one after the other in one rendering both hold.
export function setQuery(
  changes: Record<string, string | undefined>,
  { push = false }: QueryChange = {},
): void {
  let search = location.search;
  for (const [name, value] of Object.entries(changes)) search = withParam(search, name, value);
  if (search === location.search) return;
  navigate(location.pathname + search + location.hash, { replace: !push });
}

// One parameter; "" where it is not there.
export function useQueryParam(
  name: string,
): [string, (value: string | undefined, change?: QueryChange) => void] {
  const search = useSearch();
  const value = new URLSearchParams(search).get(name) ?? "";
  const set = useCallback(
    (next: string | undefined, change?: QueryChange) => setQuery({ [name]: next }, change),
    [name],
  );
  return [value, set];
}
