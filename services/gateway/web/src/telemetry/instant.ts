// SPDX-License-Identifier: Apache-2.0
import type { Timestamp } from "@bufbuild/protobuf/wkt";

// What calls take as a Timestamp; `ms` since 1970 with microseconds as the fraction.
export function toTimestamp(
  ms: number,
): Pick<Timestamp, "seconds" | "nanos"> & { $typeName: "google.protobuf.Timestamp" } {
  const micros = Math.round(ms * 1000);
  const seconds = Math.floor(micros / 1e6);
  return {
    $typeName: "google.protobuf.Timestamp",
    seconds: BigInt(seconds),
    nanos: (micros - seconds * 1e6) * 1000,
  };
}

// What calls take as a Duration; whole microseconds.
export function toDuration(ms: number): { seconds: bigint; nanos: number } {
  const { seconds, nanos } = toTimestamp(ms);
  return { seconds, nanos };
}
