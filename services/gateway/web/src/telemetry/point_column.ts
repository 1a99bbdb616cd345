// SPDX-License-Identifier: Apache-2.0
//
// The points of one line: two typed arrays in order of time, made for appending at 10 Hz and for being drawn 60 times a
// second. Times are milliseconds since 1970, with microseconds as the fraction. What is over the limit falls off the old end.

// Index of the first time that is not before `time`; `end` where there is none.
export function lowerBound(
  times: ArrayLike<number>,
  time: number,
  start = 0,
  end = times.length,
): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class PointColumn {
  private timeStore: Float64Array;
  private valueStore: Float64Array;
  private start = 0;
  private end = 0;

  // `limit`: points kept at most
  constructor(
    readonly limit: number,
    capacity = 64,
  ) {
    this.timeStore = new Float64Array(Math.min(capacity, limit));
    this.valueStore = new Float64Array(this.timeStore.length);
  }

  get length(): number {
    return this.end - this.start;
  }

  // Views, not copies: valid until the next change.
  get times(): Float64Array {
    return this.timeStore.subarray(this.start, this.end);
  }

  get values(): Float64Array {
    return this.valueStore.subarray(this.start, this.end);
  }

  get firstTime(): number | undefined {
    return this.length === 0 ? undefined : this.timeStore[this.start];
  }

  get lastTime(): number | undefined {
    return this.length === 0 ? undefined : this.timeStore[this.end - 1];
  }

  get lastValue(): number | undefined {
    return this.length === 0 ? undefined : this.valueStore[this.end - 1];
  }

  // A value at an instant that has one replaces it, as in the database.
  put(time: number, value: number): void {
    if (this.length === 0 || time > this.timeStore[this.end - 1]!) {
      this.makeRoom();
      this.timeStore[this.end] = time;
      this.valueStore[this.end] = value;
      this.end += 1;
      return;
    }
    const at = lowerBound(this.timeStore, time, this.start, this.end);
    if (this.timeStore[at] === time) {
      this.valueStore[at] = value;
      return;
    }
    this.insert(at - this.start, time, value);
  }

  // Takes the place of everything; times ascending. Of more than the limit the newest are kept.
  assign(times: ArrayLike<number>, values: ArrayLike<number>): void {
    const skipped = Math.max(0, times.length - this.limit);
    const count = times.length - skipped;
    if (this.timeStore.length < count) this.allocate(count);
    for (let i = 0; i < count; i += 1) {
      this.timeStore[i] = times[skipped + i]!;
      this.valueStore[i] = values[skipped + i]!;
    }
    this.start = 0;
    this.end = count;
  }

  dropBefore(time: number): void {
    this.start = lowerBound(this.timeStore, time, this.start, this.end);
    if (this.start === this.end) this.start = this.end = 0;
  }

  private insert(offset: number, time: number, value: number): void {
    if (this.length === this.limit && offset === 0) return;
    const lengthBefore = this.length;
    this.makeRoom();
    const at = this.start + offset - (lengthBefore - this.length);
    this.timeStore.copyWithin(at + 1, at, this.end);
    this.valueStore.copyWithin(at + 1, at, this.end);
    this.timeStore[at] = time;
    this.valueStore[at] = value;
    this.end += 1;
  }

  // After it there is a place at `end`. Moving happens only once in many appends.
  private makeRoom(): void {
    if (this.length === this.limit) this.start += 1;
    if (this.end < this.timeStore.length) return;
    if (this.start > this.timeStore.length / 4) {
      this.moveTo(this.timeStore, this.valueStore);
      return;
    }
    this.allocate(this.timeStore.length * 2);
  }

  private allocate(wanted: number): void {
    // A quarter more than the limit, so that a full column moves its points only once in limit / 4 appends.
    const capacity = Math.max(4, Math.min(wanted, Math.ceil(this.limit * 1.4)));
    this.moveTo(new Float64Array(capacity), new Float64Array(capacity));
  }

  private moveTo(times: Float64Array, values: Float64Array): void {
    times.set(this.timeStore.subarray(this.start, this.end));
    values.set(this.valueStore.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.timeStore = times;
    this.valueStore = values;
  }
}
