// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";

import { ApplicationSchema } from "../gen/millrace/registry/v1/registry_pb";
import { burstFault, draftOf, fieldsOf, rateFault } from "./upload_rules";

it("shows nothing where nothing is limited, and gives it back", () => {
  const draft = draftOf(create(ApplicationSchema, { name: "a" }));
  expect(draft).toEqual({ rate: "", burst: "", relaxed: false });
  expect(fieldsOf(draft)).toEqual({
    maxUploadsPerSecond: 0,
    maxUploadBurst: 0,
    relaxedResourcePaths: false,
  });
});

it("gives back what it was given", () => {
  const fields = { maxUploadsPerSecond: 0.5, maxUploadBurst: 10, relaxedResourcePaths: true };
  expect(fieldsOf(draftOf(create(ApplicationSchema, { name: "a", ...fields })))).toEqual(fields);
});

it("forgets the burst with the limit", () => {
  expect(fieldsOf({ rate: "", burst: "10", relaxed: false }).maxUploadBurst).toBe(0);
});

it("takes rates and bursts that the registry takes", () => {
  for (const good of ["", " ", "0.001", "1000000", "2.5"]) expect(rateFault(good)).toBeUndefined();
  for (const bad of ["0", "-1", "1000001", "fast", "NaN"]) expect(rateFault(bad)).toBeDefined();
  for (const good of ["", "1", "1000000"]) expect(burstFault(good)).toBeUndefined();
  for (const bad of ["0", "1.5", "1000001", "many"]) expect(burstFault(bad)).toBeDefined();
});
