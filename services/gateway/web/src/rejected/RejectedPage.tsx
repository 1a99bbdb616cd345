// SPDX-License-Identifier: Apache-2.0

export function RejectedPage(_: { app: string }) {
  return <></>;
}
