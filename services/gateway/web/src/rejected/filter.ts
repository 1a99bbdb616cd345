// SPDX-License-Identifier: Apache-2.0
//
// Which rejected samples are shown, as the query of the page's address: a link to it shows the same. Pure.

// Received not longer ago than this; "" shows all.
export const ages = { "": 0, "1h": 3_600, "1d": 86_400, "7d": 7 * 86_400 } as const;
export type Age = keyof typeof ages;

export interface RejectedFilter {
  // Empty: of all.
  readonly endpointId: string;
  readonly reason: string;
  readonly age: Age;
}

export const everything: RejectedFilter = { endpointId: "", reason: "", age: "" };

function isAge(text: string): text is Age {
  return Object.hasOwn(ages, text);
}

export function filterOf(query: URLSearchParams): RejectedFilter {
  const age = query.get("age") ?? "";
  return {
    endpointId: query.get("endpoint") ?? "",
    reason: query.get("reason") ?? "",
    age: isAge(age) ? age : "",
  };
}

// What is not chosen is not there. Other entries of the query stay.
export function queryOf(filter: RejectedFilter, query = new URLSearchParams()): URLSearchParams {
  const result = new URLSearchParams(query);
  const entries = { endpoint: filter.endpointId, reason: filter.reason, age: filter.age };
  for (const [name, value] of Object.entries(entries)) {
    if (value === "") result.delete(name);
    else result.set(name, value);
  }
  return result;
}

// Seconds since 1970 from which on samples are shown; nothing: no bound.
export function fromSeconds(filter: RejectedFilter, nowMs: number): number | undefined {
  const age = ages[filter.age];
  return age === 0 ? undefined : Math.floor(nowMs / 1000) - age;
}

export function isFiltered(filter: RejectedFilter): boolean {
  return filter.endpointId !== "" || filter.reason !== "" || filter.age !== "";
}
