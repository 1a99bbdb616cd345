// SPDX-License-Identifier: Apache-2.0
//
// The place of something that is on its way, as large as what comes, so that nothing jumps.
import { text } from "../text/en";
import "./Skeleton.css";

interface SkeletonProps {
  // Lines of text; or one block `height` pixels high.
  lines?: number;
  height?: number;
}

export function Skeleton({ lines = 3, height }: SkeletonProps) {
  return (
    <div class="skeleton" role="status">
      <span class="sr-only">{text.states.loading}</span>
      {height !== undefined ? (
        <div class="skeleton-bar" style={{ height: `${height}px` }} />
      ) : (
        Array.from({ length: lines }, (_, line) => (
          <div
            key={line}
            class="skeleton-bar"
            style={{ width: `${[92, 78, 85, 64][line % 4]}%` }}
          />
        ))
      )}
    </div>
  );
}
