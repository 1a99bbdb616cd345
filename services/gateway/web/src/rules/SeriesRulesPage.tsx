// SPDX-License-Identifier: Apache-2.0

export function SeriesRulesPage(_: { app: string }) {
  return <></>;
}
