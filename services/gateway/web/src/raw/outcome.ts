// SPDX-License-Identifier: Apache-2.0
//
// What series rules make of a sample, in one word. Pure.
import type { Timestamp } from "@bufbuild/protobuf/wkt";

import type { TriedSample } from "../gen/millrace/query/v1/query_pb";

// `refused`: as a whole; it has no time then.
export type Outcome = "points" | "partly" | "refused" | "empty";

export function outcomeOf(tried: TriedSample): Outcome {
  if (tried.rejections.length > 0) return tried.timestamp === undefined ? "refused" : "partly";
  return tried.dataPoints.length > 0 ? "points" : "empty";
}

export function isTimeOfReceipt({ timestamp, receivedAt }: TriedSample): boolean {
  return (
    timestamp !== undefined &&
    timestamp.seconds === receivedAt?.seconds &&
    timestamp.nanos === receivedAt.nanos
  );
}

export interface SampleOrigin {
  readonly endpointId: string;
  readonly receivedAt?: Timestamp;
}

// A sample tried again keeps when it came; and its time where that is when it came.
export function withOrigin(tried: TriedSample, origin: SampleOrigin): TriedSample {
  const result = { ...tried, endpointId: origin.endpointId };
  if (origin.receivedAt === undefined) return result;
  result.receivedAt = origin.receivedAt;
  if (isTimeOfReceipt(tried)) result.timestamp = origin.receivedAt;
  return result;
}
