// SPDX-License-Identifier: Apache-2.0
//
// The devices of an application as one scrolls through them.
import { registry } from "../api/clients";
import { usePagedList, type PagedList } from "../api/paged_list";
import type { Endpoint, TokenState } from "../gen/millrace/registry/v1/registry_pb";

const PAGE_SIZE = 200;
const AHEAD = 100;

export interface Filter {
  app: string;
  search: string;
  version: string;
  state: TokenState;
}

// `total` is counted up to 100,000.
export type EndpointList = PagedList<Endpoint>;

export function useEndpointList({ app, search, version, state }: Filter): EndpointList {
  return usePagedList({
    inputs: [app, search, version, state],
    ahead: AHEAD,
    ask: async (pageToken, _beganAtMs, signal) => {
      const { endpoints, nextPageToken, total } = await registry.listEndpoints(
        {
          applicationName: app,
          search,
          appVersionName: version,
          tokenState: state,
          pageSize: PAGE_SIZE,
          pageToken,
        },
        { signal },
      );
      return { rows: endpoints, nextPageToken, total };
    },
  });
}
