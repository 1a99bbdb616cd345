// SPDX-License-Identifier: Apache-2.0
// @vitest-environment happy-dom
import { Code, ConnectError } from "@connectrpc/connect";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { registry } from "../api/clients";
import { TokenState } from "../gen/millrace/registry/v1/registry_pb";
import { useEndpointList, type EndpointList } from "./endpoint_list";

const TOTAL = 450;
let list!: EndpointList;
const place = document.createElement("div");

// Pages of 200, as the registry gives them: the token says where the next one begins.
const listEndpoints = vi.spyOn(registry, "listEndpoints");
const serve = async (request: { pageToken?: string; search?: string }) => {
  const first = Number(request.pageToken || 0);
  const last = Math.min(TOTAL, first + 200);
  const endpoints = Array.from({ length: last - first }, (_, row) => ({
    endpointId: `${request.search}${first + row}`,
  }));
  return {
    endpoints,
    nextPageToken: last < TOTAL ? String(last) : "",
    total: first === 0 ? TOTAL : 0,
  } as never;
};

function View({ search }: { search: string }) {
  list = useEndpointList({ app: "a", search, version: "", state: TokenState.UNSPECIFIED });
  return null;
}

// Until effects have run and answers have arrived.
async function settle(then: () => void) {
  await act(then);
  await act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
}

beforeEach(() => {
  listEndpoints.mockReset();
  listEndpoints.mockImplementation(serve as never);
});
afterEach(() => act(() => render(null, place)));

it("asks for the next page when its rows come near, each once, to the last", async () => {
  await settle(() => render(<View search="" />, place));
  expect([list.rows.length, list.total]).toEqual([200, TOTAL]);
  await settle(() => list.want(20));
  expect(listEndpoints).toHaveBeenCalledTimes(1);
  await settle(() => {
    list.want(150);
    list.want(151);
  });
  expect([list.rows.length, listEndpoints.mock.calls.length]).toEqual([400, 2]);
  await settle(() => list.want(399));
  await settle(() => list.want(449));
  expect([list.rows.length, list.total, listEndpoints.mock.calls.length]).toEqual([
    TOTAL,
    TOTAL,
    3,
  ]);
});

it("begins anew with another filter", async () => {
  await settle(() => render(<View search="x" />, place));
  await settle(() => list.want(199));
  await settle(() => render(<View search="y" />, place));
  expect(list.rows[0]?.endpointId).toBe("y0");
  expect(list.rows).toHaveLength(200);
});

it("keeps what it has when a page fails, and goes on when asked to", async () => {
  await settle(() => render(<View search="" />, place));
  listEndpoints.mockRejectedValueOnce(new ConnectError("away", Code.Unavailable));
  await settle(() => list.want(199));
  expect([list.rows.length, list.failure?.message]).toEqual([200, "away"]);
  await settle(() => list.want(199));
  expect(listEndpoints).toHaveBeenCalledTimes(2);
  await settle(() => list.retry());
  expect([list.rows.length, list.failure]).toEqual([400, undefined]);
});
