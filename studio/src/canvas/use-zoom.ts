/** Wheel, drag and pinch on a view, as changes of its zoom. */

import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { clamped, type Size, type Zoom, zoomAt } from "./zoom.ts";

/** `cancel`: a second finger came, so that it was never meant as a point. */
export type Phase = "down" | "move" | "up" | "cancel";

export type OnPoint = (event: PointerEvent, phase: Phase) => boolean;

/** A finger or the mouse, from the centre of the view. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Options {
  readonly picture: Size;
  readonly zoom: Signal<Zoom>;
  /** Told of one pointer from down to up. Returns, for down, whether it is taken: a pointer that is not moves the picture. */
  readonly onPoint?: OnPoint;
}

/** Turns of the wheel into factors. */
const WHEEL_RATE = 0.0022;

/** A ref for the view's element, its size, and handlers for it. */
export function useZoom({ picture, zoom, onPoint }: Options) {
  const ref = useRef<HTMLElement>(null);
  const view = useSignal<Size>({ width: 0, height: 0 });
  const pointers = useRef(new Map<number, Point>());
  const told = useRef<{ readonly id: number; readonly isTaken: boolean } | null>(null);
  const options = useRef({ picture, onPoint });
  options.current = { picture, onPoint };
  const set = (next: Zoom) => {
    zoom.value = clamped(next, options.current.picture, view.peek());
  };

  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => {
      view.value = { width: element.clientWidth, height: element.clientHeight };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    // Not through JSX: only a listener that is not passive may keep the page from scrolling.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
      set(zoomAt(zoom.peek(), Math.exp(-pixels * WHEEL_RATE), pointOf(event, element)));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", onWheel);
    };
  }, []);

  const onPointerDown = (event: PointerEvent) => {
    const element = ref.current;
    if (element === null || (event.target instanceof HTMLElement && event.target.closest("button, input, a"))) return;
    pointers.current.set(event.pointerId, pointOf(event, element));
    element.setPointerCapture(event.pointerId);
    if (pointers.current.size > 1) {
      if (told.current !== null) options.current.onPoint?.(event, "cancel");
      told.current = null;
    } else if (event.button === 0) {
      told.current = { id: event.pointerId, isTaken: options.current.onPoint?.(event, "down") ?? false };
    }
  };
  const onPointerMove = (event: PointerEvent) => {
    const element = ref.current;
    const before = pointers.current.get(event.pointerId);
    if (element === null || before === undefined) return;
    const now = pointOf(event, element);
    if (told.current?.id === event.pointerId) options.current.onPoint?.(event, "move");
    if (told.current?.id === event.pointerId && told.current.isTaken) {
      pointers.current.set(event.pointerId, now);
      return;
    }
    if (pointers.current.size === 2) {
      const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1] ?? now;
      set(pinched(zoom.peek(), { before, now, other }));
    } else if (pointers.current.size === 1) {
      set({ ...zoom.peek(), x: zoom.peek().x + now.x - before.x, y: zoom.peek().y + now.y - before.y });
    }
    pointers.current.set(event.pointerId, now);
  };
  const onPointerUp = (event: PointerEvent) => {
    if (!pointers.current.delete(event.pointerId)) return;
    if (told.current?.id !== event.pointerId) return;
    told.current = null;
    options.current.onPoint?.(event, "up");
  };
  return { ref, view, set, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp } };
}

/** Two fingers: the picture stays under both. */
function pinched(zoom: Zoom, { before, now, other }: Readonly<Record<"before" | "now" | "other", Point>>): Zoom {
  const factor = distance(now, other) / Math.max(1, distance(before, other));
  const from = middle(before, other);
  const to = middle(now, other);
  const moved = { ...zoom, x: zoom.x + to.x - from.x, y: zoom.y + to.y - from.y };
  return zoomAt(moved, factor, to);
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function pointOf({ clientX, clientY }: MouseEvent, element: HTMLElement): Point {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
}
