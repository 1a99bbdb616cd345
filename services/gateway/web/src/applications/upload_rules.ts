// SPDX-License-Identifier: Apache-2.0
//
// What an application allows its endpoints, as the form has it.
import type { Application } from "../gen/millrace/registry/v1/registry_pb";
import { text } from "../text/en";

const words = text.applications.uploadRules;

// Texts as they are typed; empty: without a limit, or the burst that follows from it.
export interface UploadRulesDraft {
  rate: string;
  burst: string;
  relaxed: boolean;
}

export function draftOf(application: Application): UploadRulesDraft {
  const { maxUploadsPerSecond: rate, maxUploadBurst: burst, relaxedResourcePaths } = application;
  return {
    rate: rate === 0 ? "" : String(rate),
    burst: burst === 0 ? "" : String(burst),
    relaxed: relaxedResourcePaths,
  };
}

// As services/registry/field_rules.cpp.
export function rateFault(rate: string): string | undefined {
  if (rate.trim() === "") return undefined;
  const number = Number(rate);
  return number >= 0.001 && number <= 1_000_000 ? undefined : words.rateFault;
}

export function burstFault(burst: string): string | undefined {
  if (burst.trim() === "") return undefined;
  const number = Number(burst);
  return Number.isInteger(number) && number >= 1 && number <= 1_000_000
    ? undefined
    : words.burstFault;
}

// As UpdateApplication takes it.
export function fieldsOf({ rate, burst, relaxed }: UploadRulesDraft) {
  return {
    maxUploadsPerSecond: Number(rate),
    maxUploadBurst: rate.trim() === "" ? 0 : Number(burst),
    relaxedResourcePaths: relaxed,
  };
}
