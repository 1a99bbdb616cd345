// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";

import { toFailure } from "../api/failure";
import { ApiKeyRole } from "../gen/millrace/identity/v1/api_key_pb";
import { ApiKeySchema } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";
import { apiKey, endedByServer, keepKey, sessionEnded } from "./key";
import { isBound, may, ownKey, role, signOut } from "./session";
import { keyFault, signInFault } from "./sign_in";

afterEach(signOut);

const signedIn = (asRole: ApiKeyRole, applicationNames: string[] = []) => {
  ownKey.value = create(ApiKeySchema, { name: "k", role: asRole, applicationNames });
};

describe("roles", () => {
  it("lets each do what those before it may", () => {
    signedIn(ApiKeyRole.READER);
    expect([may("reader"), may("operator"), may("admin")]).toEqual([true, false, false]);
    signedIn(ApiKeyRole.OPERATOR);
    expect([may("reader"), may("operator"), may("admin")]).toEqual([true, true, false]);
    signedIn(ApiKeyRole.ADMIN);
    expect([may("reader"), may("operator"), may("admin")]).toEqual([true, true, true]);
  });

  it("takes a key of before there were roles for an admin's, as the server does", () => {
    signedIn(ApiKeyRole.UNSPECIFIED);
    expect(role.value).toBe("admin");
  });

  it("lets nobody do anything who is not signed in", () => {
    expect(may("reader")).toBe(false);
  });

  it("knows keys that are bound", () => {
    signedIn(ApiKeyRole.READER, ["weather"]);
    expect(isBound.value).toBe(true);
  });
});

describe("the key", () => {
  it("is gone after signing out, without a word about the server", () => {
    keepKey("secret");
    signedIn(ApiKeyRole.READER);
    signOut();
    expect([apiKey.value, ownKey.value, endedByServer.value]).toEqual(["", undefined, false]);
  });

  it("says once that the server ended the session", () => {
    keepKey("secret");
    sessionEnded();
    expect([apiKey.value, endedByServer.value]).toEqual(["", true]);
    keepKey("other");
    expect(endedByServer.value).toBe(false);
  });
});

describe("signing in", () => {
  it("sees what cannot be a key before it asks", () => {
    expect(keyFault("")).toBe(text.session.missing);
    expect(keyFault("a b")).toBe(text.session.malformed);
    expect(keyFault("ключ")).toBe(text.session.malformed);
    expect(keyFault("mk_abc-123")).toBeUndefined();
  });

  it("tells a wrong key from a server that cannot tell", () => {
    expect(signInFault(toFailure(new ConnectError("x", Code.Unauthenticated)))).toBe(
      text.session.wrong,
    );
    expect(signInFault(toFailure(new ConnectError("x", Code.Unavailable)))).toBe(text.session.away);
    expect(signInFault(toFailure(ConnectError.from(new TypeError("fetch"))))).toBe(
      text.failure.gatewayAway,
    );
  });
});
