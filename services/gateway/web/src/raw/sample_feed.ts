// SPDX-License-Identifier: Apache-2.0
//
// Samples of an endpoint as they come, for as long as somebody watches: Query.TrySeriesRules ends by itself after some
// time or some samples, and is called again at once, so that little is missed.
import { create } from "@bufbuild/protobuf";

import {
  TrySeriesRulesRequestSchema,
  type TriedSample,
  type TrySeriesRulesRequest,
} from "../gen/millrace/query/v1/query_pb";
import type { SeriesRules } from "../gen/millrace/configuration/v1/configuration_pb";

// Of one call; the server takes no more.
const SAMPLES_PER_CALL = 1000;
const SECONDS_PER_CALL = 600;
// A call that ends sooner than this without a sample is no reason to call again at once.
const SHORT_CALL_MS = 1000;

export type TryCall = (
  request: TrySeriesRulesRequest,
  signal: AbortSignal,
) => AsyncIterable<TriedSample>;

export interface FollowedSample {
  readonly tried: TriedSample;
  // api/stream.ts goes on behind a token where there is one.
  readonly resumeToken?: string;
}

// Rules not given: those in force.
export function nextSamplesRequest(
  application: string,
  endpointId: string,
  rules?: SeriesRules,
): TrySeriesRulesRequest {
  return create(TrySeriesRulesRequestSchema, {
    applicationName: application,
    seriesRules: rules,
    source: {
      case: "next",
      value: { endpointId, limit: SAMPLES_PER_CALL, timeoutSeconds: SECONDS_PER_CALL },
    },
  });
}

// Ends where a call ended too soon, and throws what a call throws: whoever follows it opens it again after a pause.
export async function* samplesAsTheyCome(
  call: TryCall,
  request: TrySeriesRulesRequest,
  signal: AbortSignal,
  now: () => number = () => performance.now(),
): AsyncGenerator<FollowedSample> {
  while (!signal.aborted) {
    const began = now();
    let samples = 0;
    for await (const tried of call(request, signal)) {
      samples += 1;
      yield { tried };
    }
    if (samples === 0 && now() - began < SHORT_CALL_MS) return;
  }
}
