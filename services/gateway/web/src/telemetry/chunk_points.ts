// SPDX-License-Identifier: Apache-2.0
//
// The points of a chunk, by value: what is absent or null is left out.

import {
  ValueType,
  type DataPointsChunk,
  type ValueColumn,
} from "../gen/millrace/query/v1/query_pb";
import { lineKey, type LineType } from "./lines";
import type { PointValue } from "./line_store";

export function lineType(type: ValueType): LineType {
  if (type === ValueType.STRING) return "string";
  return type === ValueType.BOOLEAN ? "boolean" : "number";
}

function cells(column: ValueColumn): readonly PointValue[] {
  if (column.type === ValueType.STRING) return column.strings;
  return column.type === ValueType.BOOLEAN ? column.booleans : column.numbers;
}

export function forEachPoint(
  chunk: DataPointsChunk,
  visit: (key: string, time: number, value: PointValue, type: LineType) => void,
): void {
  for (const column of chunk.columns) {
    const key = lineKey({
      endpointId: chunk.endpointId,
      series: chunk.timeSeriesName,
      value: column.name,
    });
    const type = lineType(column.type);
    const values = cells(column);
    const everyone = column.present.length === 0;
    for (let i = 0; i < values.length; i += 1) {
      if (everyone || column.present[i])
        visit(key, Number(chunk.timestampsUs[i]!) / 1000, values[i]!, type);
    }
  }
}
