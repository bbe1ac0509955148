/** Line icons on a 24-pixel grid, drawn in the colour of the text around them. */

const PATHS = {
  arrowDown: "M12 5v14M6 13l6 6 6-6",
  arrowUp: "M12 19V5M6 11l6-6 6 6",
  batch: "M4 5h10v10H4zM8 19h12V9",
  brush: "M20 4 10.5 13.5M9 14c-2.5 0-3.5 1.6-3.5 3.2 0 1-.6 1.8-1.5 2.3 3.5.9 8-.2 8-3.5 0-1.3-1.3-2-3-2z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  chevronDown: "m6 9 6 6 6-6",
  chevronRight: "m9 6 6 6-6 6",
  clock: "M12 8v4.5l3 1.7M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  close: "M6 6l12 12M18 6 6 18",
  compare: "M12 3v18M4 6h5M4 18h5M4 6v12M15 6h5v12h-5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  dice: "M4 7h3.5l8 10H20M4 17h3.5l2.3-2.9M13.3 9.8 15.5 7H20M17.5 4.5 20 7l-2.5 2.5M17.5 14.5 20 17l-2.5 2.5",
  difference: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M12 8h7.5M12 12h9M12 16h7.5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  eraser: "m4 15 9-9 6 6-7 7H8zM9 10l6 6M12 19h8",
  explore: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.5 8.5l-2 5-5 2 2-5z",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  forward: "M5 12h13M13 6l6 6-6 6",
  grid: "M4 4h6.5v6.5H4zM13.5 4H20v6.5h-6.5zM4 13.5h6.5V20H4zM13.5 13.5H20V20h-6.5z",
  help: "M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 17h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  hold: "M12 5c5 0 8.5 4.5 9.5 7-1 2.5-4.5 7-9.5 7s-8.5-4.5-9.5-7C3.5 9.5 7 5 12 5zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 3.5 3.5 3-3 5 5M15.5 9h.01",
  invert: "M4 4h16v16H4zM4 20 20 4M8 16h4M14 8h2M15 7v2",
  keyboard: "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M18 11h.01M8 14.5h8",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  mask: "M4 4h16v16H4zM9 12a3 3 0 1 0 6 0 3 3 0 1 0-6 0",
  minus: "M6 12h12",
  model: "M12 3 4 7.5v9L12 21l8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  more: "M5.1 12a.9.9 0 1 0 1.8 0 .9.9 0 1 0-1.8 0M11.1 12a.9.9 0 1 0 1.8 0 .9.9 0 1 0-1.8 0M17.1 12a.9.9 0 1 0 1.8 0 .9.9 0 1 0-1.8 0",
  plus: "M12 5v14M5 12h14",
  queue: "M4 6h16M4 12h16M4 18h10",
  rectangle: "M4 6h16v12H4z",
  redo: "M15 5l4 4-4 4M19 9H10a5 5 0 0 0 0 10h4",
  retry: "M20 12a8 8 0 1 1-2.5-5.8M20 4v4.5h-4.5",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
  side: "M3 5h8v14H3zM13 5h8v14h-8z",
  sliders: "M4 8h8M16 8h4M4 16h4M12 16h8M14 6v4M10 14v4",
  spark: "M12 4v4M12 16v4M4 12h4M16 12h4M7 7l2 2M15 15l2 2M17 7l-2 2M9 15l-2 2",
  star: "m12 4 2.5 5.2 5.5.8-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.5-.8z",
  stop: "M7 7h10v10H7z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  tree: "M6 4v16M6 9h6M6 17h6M15 7h5v4h-5zM15 15h5v4h-5z",
  undo: "M9 5 5 9l4 4M5 9h9a5 5 0 0 1 0 10h-4",
  unlock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2",
  upload: "M12 16V5M7 9l5-5 5 5M5 20h14",
  warning: "M12 4 3 20h18zM12 10v4.5M12 17.3h.01",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: whatever it stands on says the same in words. */
export function Icon({ name, filled = false }: { readonly name: IconName; readonly filled?: boolean }) {
  return (
    <svg class={filled ? "icon icon-filled" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
