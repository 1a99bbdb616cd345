// SPDX-License-Identifier: Apache-2.0
//
// Client credentials as one scrolls through them, and how they are called.
import { registry } from "../api/clients";
import { usePagedList, type PagedList } from "../api/paged_list";
import { TokenState, type ClientCredentials } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";

const PAGE_SIZE = 200;
const AHEAD = 100;

export function useCredentialsList(
  search: string,
  state: TokenState,
): PagedList<ClientCredentials> {
  return usePagedList({
    inputs: [search, state],
    ahead: AHEAD,
    ask: async (pageToken, _beganAtMs, signal) => {
      const { clientCredentials, nextPageToken } = await registry.listClientCredentials(
        { search, state, pageSize: PAGE_SIZE, pageToken },
        { signal },
      );
      return { rows: clientCredentials, nextPageToken };
    },
  });
}

export function clientName({ kind }: ClientCredentials): string {
  return kind.case === "userName" ? kind.value : (kind.value?.issuer ?? "");
}

// What is wrong with a password of one's own; the server counts bytes of UTF-8.
export function passwordFault(password: string): string | undefined {
  const bytes = new TextEncoder().encode(password).length;
  if (bytes === 0) return undefined;
  if (bytes < 8) return text.clients.credentials.passwordShort;
  return bytes > 256 ? text.clients.credentials.passwordLong : undefined;
}

export function serialFault(serial: string): string | undefined {
  return serial === "" || /^(0|[1-9][0-9]{0,48})$/.test(serial)
    ? undefined
    : text.clients.credentials.serialFault;
}
