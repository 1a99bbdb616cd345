// SPDX-License-Identifier: Apache-2.0
//
// The newest instants at which any of some lines had a point, each with what the lines said then.
import type { PointValue } from "../telemetry/line_store";

export interface NewestRow {
  time: number;
  // By the lines' keys.
  values: Map<string, PointValue>;
}

export class NewestRows {
  // Newest first.
  private rows: NewestRow[] = [];

  // `limit`: rows kept.
  constructor(private readonly limit: number) {}

  get list(): readonly NewestRow[] {
    return this.rows;
  }

  // True if something that is kept has changed. A value at an instant that has one replaces it.
  put(key: string, time: number, value: PointValue): boolean {
    let at = 0;
    while (at < this.rows.length && this.rows[at]!.time > time) at += 1;
    if (at === this.limit) return false;
    const same = this.rows[at];
    if (same?.time === time) {
      same.values.set(key, value);
      return true;
    }
    this.rows.splice(at, 0, { time, values: new Map([[key, value]]) });
    if (this.rows.length > this.limit) this.rows.pop();
    return true;
  }
}
