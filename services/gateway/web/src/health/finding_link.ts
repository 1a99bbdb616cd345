// SPDX-License-Identifier: Apache-2.0
//
// Some findings name a command that shows more; where this page has what it shows, a link goes there. A text of another
// form is a text.

export interface RejectedLink {
  readonly application: string;
  readonly endpointId: string;
}

const rejectedCommand =
  /^millrace rejected list --app ([a-z0-9_-]+) --endpoint ([A-Za-z0-9._~-]+)$/;

export function rejectedLinkOf(action: string): RejectedLink | undefined {
  const found = rejectedCommand.exec(action);
  const [, application, endpointId] = found ?? [];
  return application && endpointId ? { application, endpointId } : undefined;
}
