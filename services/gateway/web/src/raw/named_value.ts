// SPDX-License-Identifier: Apache-2.0
import type { NamedValue } from "../gen/millrace/query/v1/named_value_pb";

// As JSON would write it; all digits, since whoever looks for a fault needs them.
export function namedValueText(value: NamedValue): string {
  switch (value.kind.case) {
    case "number":
      return String(value.kind.value);
    case "string":
      return JSON.stringify(value.kind.value);
    case "boolean":
      return value.kind.value ? "true" : "false";
    default:
      return "null";
  }
}
