// The hand on the timeline: wheel, drag, click, double click; each ends in one call to the instrument.

import { wheelFactor } from "../shared/scales.js";
import { partAt } from "./layout.js";
import { scales } from "./draw.js";
import { markAt } from "./marks.js";
import { boxAt, laneAt } from "./model.js";

const CLICK_PX = 4;
const HANDLE_PX = 6;
const EDGE_PX = 5;

/** Wire the pointer on `surface` to `instrument`; returns what undoes it. */
export function attach(surface, instrument) {
  let drag = null;
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return { x, y, part: partAt(instrument.view.layout, x, y) };
  };

  const onWheel = (event) => {
    const { x, y, part } = place(event);
    if (part === "none") return;
    event.preventDefault();
    const { view } = instrument;
    const scale = scales(view);
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (part === "overview") instrument.zoom(wheelFactor(event.deltaY, event.deltaMode), scale.whole.from(x));
    else if (event.altKey || part === "pitch") {
      instrument.zoomPitch(wheelFactor(event.deltaY, event.deltaMode), scale.pitch.from(y));
    } else if (sideways) {
      instrument.pan(((event.deltaX || event.deltaY) * (event.deltaMode === 1 ? 33 : 1)) / scale.time.slope);
    } else instrument.zoom(wheelFactor(event.deltaY, event.deltaMode), scale.time.from(x));
  };

  const onDown = (event) => {
    if (event.button > 1) return;
    const from = place(event);
    if (from.part === "none") return;
    surface.setPointerCapture(event.pointerId);
    const { view } = instrument;
    const scale = scales(view);
    const [left, right] = view.window.map(scale.whole.to);
    let kind = "select";
    const edge = from.part === "plot" ? instrument.desk.edge(scale.time.from(from.x), EDGE_PX / scale.time.slope) : null;
    if (from.part === "plot" && instrument.desk.active && instrument.desk.drawing) kind = "draw";
    else if (edge) kind = "edge";
    if (from.part === "pitch" || event.button === 1 || event.shiftKey || from.part === "axis") kind = "move";
    if (from.part === "overview") {
      kind = "window";
      if (Math.abs(from.x - left) < HANDLE_PX) kind = "window-start";
      else if (Math.abs(from.x - right) < HANDLE_PX) kind = "window-end";
      else if (from.x < left || from.x > right) instrument.centre(scale.whole.from(from.x));
    }
    drag = { kind, edge, points: [], from, last: from, moved: false, time: scale.time.from(from.x), window: [...view.window] };
  };

  const onMove = (event) => {
    const at = place(event);
    if (!drag) {
      instrument.point(at, under(at));
      return;
    }
    if (!drag.moved && Math.hypot(at.x - drag.from.x, at.y - drag.from.y) < CLICK_PX) return;
    drag.moved = true;
    const scale = scales(instrument.view);
    const dx = at.x - drag.last.x;
    if (drag.kind === "draw") {
      drag.points.push([scale.time.from(at.x), scale.pitch.from(at.y)]);
      instrument.stroke({ points: drag.points });
    } else if (drag.kind === "edge") instrument.stroke({ edge: scale.time.from(at.x) });
    else if (drag.kind === "select") instrument.select(ordered(drag.time, scale.time.from(at.x)), false);
    else if (drag.kind === "move") {
      if (drag.from.part !== "pitch") instrument.pan(-dx / scale.time.slope);
      if (drag.from.part !== "axis") instrument.panPitch(-(at.y - drag.last.y) / scale.pitch.slope);
    } else if (drag.kind === "window") instrument.pan(dx / scale.whole.slope);
    else {
      const time = scale.whole.from(at.x);
      const [start, end] = instrument.view.window;
      instrument.show(drag.kind === "window-start" ? [Math.min(time, end - 0.05), end] : [start, Math.max(time, start + 0.05)]);
    }
    drag.last = at;
  };

  const onUp = (event) => {
    if (!drag) return;
    const { kind, moved, from, edge, points } = drag;
    drag = null;
    surface.releasePointerCapture?.(event.pointerId);
    const { view } = instrument;
    instrument.stroke(null);
    if (moved) {
      if (kind === "draw") instrument.desk.drawn(points);
      else if (kind === "edge") instrument.desk.moveEdge(edge.time, scales(view).time.from(place(event).x));
      else if (kind === "select") instrument.select(view.selection, true);
      return;
    }
    if (from.part === "pitch") instrument.setTonic(scales(view).pitch.from(from.y));
    if (from.part === "overview" || from.part === "pitch") return;
    const mark = from.part === "plot" && view.layers.marks ? markAt(view, scales(view), from.x, from.y) : null;
    if (mark) {
      instrument.desk.choose(mark);
      return;
    }
    const hit = under(from);
    if (hit >= 0) instrument.hear(hit);
    else instrument.seek(scales(view).time.from(from.x));
  };

  const onLeave = () => instrument.point(null, -1);
  const onDouble = (event) => {
    const at = place(event);
    if (at.part === "plot" || at.part === "lanes" || at.part === "axis") instrument.zoomTo(under(at));
    else if (at.part === "pitch") instrument.fitPitch();
    else if (at.part === "overview") instrument.fit();
  };

  /** The occurrence under a place, in a lane or on the contour; -1 for none. */
  function under({ x, y, part }) {
    const { model, layers, layout } = instrument.view;
    if (!layers.motifs) return -1;
    const scale = scales(instrument.view);
    if (part === "plot") return boxAt(model, scale.time.from(x), scale.pitch.from(y));
    if (part !== "lanes") return -1;
    const lane = Math.floor((y - layout.lanes.first) / layout.lanes.lane);
    return laneAt(model, scale.time.from(x), lane, 2 / scale.time.slope);
  }

  const cancel = () => {
    drag = null;
    instrument.stroke(null);
  };
  surface.addEventListener("wheel", onWheel, { passive: false });
  surface.addEventListener("pointerdown", onDown);
  surface.addEventListener("pointermove", onMove);
  surface.addEventListener("pointerup", onUp);
  surface.addEventListener("pointercancel", cancel);
  surface.addEventListener("pointerleave", onLeave);
  surface.addEventListener("dblclick", onDouble);
}

const ordered = (a, b) => (a < b ? [a, b] : [b, a]);

/** The pointer's shape over a part of the instrument. */
export function cursorFor(pointer, hover) {
  if (!pointer) return "default";
  if (hover >= 0) return "pointer";
  return { plot: "crosshair", axis: "ew-resize", pitch: "ns-resize", overview: "grab" }[pointer.part] ?? "default";
}
