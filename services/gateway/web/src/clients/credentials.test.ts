// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";

import { ClientCredentialsSchema } from "../gen/millrace/registry/v1/registry_pb";
import { clientName, passwordFault, serialFault } from "./credentials";

it("calls a client by its user name, or its certificate's issuer", () => {
  expect(
    clientName(create(ClientCredentialsSchema, { kind: { case: "userName", value: "plant" } })),
  ).toBe("plant");
  const certificate = { issuer: "CN=Plant CA", serialNumber: "7" };
  expect(
    clientName(
      create(ClientCredentialsSchema, { kind: { case: "certificate", value: certificate } }),
    ),
  ).toBe("CN=Plant CA");
});

it("counts the bytes of a password, not its characters", () => {
  expect(passwordFault("")).toBeUndefined();
  expect(passwordFault("1234567")).toBeDefined();
  expect(passwordFault("ääää")).toBeUndefined();
  expect(passwordFault("x".repeat(256))).toBeUndefined();
  expect(passwordFault("ä".repeat(129))).toBeDefined();
});

it("takes serial numbers in base 10 only", () => {
  for (const good of ["", "0", "7", "1".repeat(49)]) expect(serialFault(good)).toBeUndefined();
  for (const bad of ["07", "0x1f", "1f", "-1", "1".repeat(50)])
    expect(serialFault(bad)).toBeDefined();
});
