// SPDX-License-Identifier: Apache-2.0
// @vitest-environment happy-dom
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { registry } from "../api/clients";
import { ApiKeySchema } from "../gen/millrace/registry/v1/registry_pb";
import { ownKey, signOut } from "../session/session";
import { applicationsChanged, useApplications, useDisplayName } from "./directory";

const place = document.createElement("div");
const listApplications = vi.spyOn(registry, "listApplications");
let pages: { name: string; displayName: string }[][] = [];

beforeEach(() => {
  pages = [[{ name: "a", displayName: "Alpha" }], [{ name: "b", displayName: "" }]];
  listApplications.mockReset();
  listApplications.mockImplementation((async (request: { pageToken?: string }) => {
    const page = Number(request.pageToken || 0);
    return {
      applications: pages[page],
      nextPageToken: page + 1 < pages.length ? String(page + 1) : "",
    };
  }) as never);
  ownKey.value = create(ApiKeySchema, { name: "k" });
});
afterEach(async () => {
  await act(() => render(null, place));
  signOut();
});

async function settle(then: () => void) {
  await act(then);
  await act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
}

function Names() {
  const { value, failure } = useApplications();
  return <p>{failure?.message ?? value?.map((application) => application.name).join(" ")}</p>;
}

function Called() {
  return (
    <b>
      {useDisplayName("a")} {useDisplayName("b")} {useDisplayName("gone")}
    </b>
  );
}

it("asks once for all views, page by page", async () => {
  await settle(() =>
    render(
      <>
        <Names />
        <Called />
        <Names />
      </>,
      place,
    ),
  );
  expect(place.textContent).toBe("a bAlpha b gonea b");
  expect(listApplications).toHaveBeenCalledTimes(2);
});

it("asks again after a change, and keeps what it has when that fails", async () => {
  await settle(() => render(<Names />, place));
  pages = [[{ name: "c", displayName: "" }]];
  await settle(applicationsChanged);
  expect(place.textContent).toBe("c");
  listApplications.mockRejectedValueOnce(new ConnectError("away", Code.Unavailable));
  await settle(applicationsChanged);
  expect(place.textContent).toBe("away");
  await settle(applicationsChanged);
  expect(place.textContent).toBe("c");
});

it("forgets everything with the key", async () => {
  await settle(() => render(<Names />, place));
  await settle(signOut);
  expect(place.textContent).toBe("");
});
