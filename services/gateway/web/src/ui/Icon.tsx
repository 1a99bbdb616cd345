// SPDX-License-Identifier: Apache-2.0
//
// Drawn on a grid of 20, one stroke width. Decoration: the words beside it, or the button's label, say what it means.
import "./Icon.css";

const SHAPES = {
  apps: "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z",
  device: "M6.5 6.5h7v7h-7zM10 2.5v4M10 13.5v4M2.5 10h4M13.5 10h4",
  dashboard: "M3 16.5V4M3 16.5h14M6 13l3.2-4.2 3 2.2L16.5 5.5",
  rules: "M3 5.5h7M14 5.5h3M3 14.5h3M10 14.5h7M12 3.5v4M8 12.5v4",
  rejected: "M10 3l7.5 13.5h-15zM10 8.5v3.5M10 14.2v.3",
  health: "M2.5 10.5h3.5l2-6 4 11 2-5h3.5",
  key: "M12.5 7.5h.01M8.3 11.7L3 17M5 15l1.8 1.8M12.5 12.5a5 5 0 1 0-4.2-4.2",
  overview: "M3.5 9.5L10 4l6.5 5.5M5.5 8.5v8h9v-8",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4",
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  versions: "M4.5 4.5h11v3.5h-11zM4.5 12h11v3.5h-11zM7 6.25h.01M7 13.75h.01",
  check: "M4 10.5l4 4 8-9",
  copy: "M7.5 7.5h9v9h-9zM4.5 12.5h-1v-9h9v1",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M4.2 15.8l1.4-1.4M14.4 5.6l1.4-1.4",
  moon: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3z",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.2l2.7 1.8",
  signOut: "M8 3.5H3.5v13H8M7.5 10h9M13 6.5l3.5 3.5-3.5 3.5",
  chevron: "M5.5 8l4.5 4.5L14.5 8",
  up: "M5.5 12L10 7.5l4.5 4.5",
  right: "M8 5.5l4.5 4.5L8 14.5",
  left: "M12 5.5L7.5 10l4.5 4.5",
  edit: "M4 16l.7-3.5L13.5 3.7l2.8 2.8-8.8 8.8zM11.5 5.7l2.8 2.8",
  trash: "M3.5 5.5h13M8 5.5v-2h4v2M5 5.5l.8 11h8.4l.8-11M8.5 8.5v5M11.5 8.5v5",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6.5 4l9 6-9 6z",
  download: "M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13",
  upload: "M10 13V3.5M6 7l4-4 4 4M3.5 16.5h13",
  reload: "M16 10a6 6 0 1 1-1.8-4.3L16.5 8M16.5 3.5V8H12",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1-1",
  eye: "M1.8 10S5 4.5 10 4.5 18.2 10 18.2 10 15 15.5 10 15.5 1.8 10 1.8 10zM10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  warning: "M10 3l7.5 13.5h-15zM10 8.5v3.5M10 14.2v.3",
  failure: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6.5v4.5M10 13.2v.3",
  note: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.5v4M10 6.5v.3",
  zoomIn: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4M9 6.5v5M6.5 9h5",
  zoomOut: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4M6.5 9h5",
  undo: "M7.5 4L4 7.5 7.5 11M4 7.5h8a4 4 0 0 1 0 8.5H8",
  settings: "M3 5.5h7M14 5.5h3M3 14.5h3M10 14.5h7M12 3.5v4M8 12.5v4",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      aria-hidden="true"
      focusable="false"
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}
