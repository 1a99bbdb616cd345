// SPDX-License-Identifier: Apache-2.0

export function DashboardPage(_: { app: string; id: string }) {
  return <></>;
}
