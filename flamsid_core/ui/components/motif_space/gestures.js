// The hand on the map: wheel, drag, click, and rest.

import { wheelFactor } from "../shared/scales.js";
import { boxPolygon } from "./grid.js";

const CLICK_PX = 4;
const LASSO_STEP_PX = 3;

/** Wire the pointer on `surface` to the map. */
export function attach(surface, map) {
  let drag = null;
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      map.zoom(wheelFactor(event.deltaY, event.deltaMode), place(event));
    },
    { passive: false },
  );
  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    surface.setPointerCapture(event.pointerId);
    const at = place(event);
    // With Shift the drag that moves becomes a lasso that adds, whatever the mode.
    const mode = event.button === 1 ? "pan" : map.view.mode === "pan" && event.shiftKey ? "lasso" : map.view.mode;
    drag = { mode, from: at, last: at, path: [at], moved: false, add: event.shiftKey };
  });
  surface.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (!drag) return map.point(at);
    if (!drag.moved && Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) < CLICK_PX) return;
    drag.moved = true;
    if (drag.mode === "pan") map.pan(at[0] - drag.last[0], at[1] - drag.last[1]);
    else if (drag.mode === "box") map.outline(boxPolygon(drag.from, at));
    else if (Math.hypot(at[0] - drag.path.at(-1)[0], at[1] - drag.path.at(-1)[1]) >= LASSO_STEP_PX) {
      drag.path.push(at);
      map.outline(drag.path);
    }
    drag.last = at;
  });
  surface.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { mode, moved, from, path, add } = drag;
    const at = place(event);
    drag = null;
    if (!moved) map.click(from);
    else if (mode !== "pan") map.enclose(mode === "box" ? boxPolygon(from, at) : path, add);
  });
  surface.addEventListener("pointercancel", () => {
    drag = null;
    map.outline(null);
  });
  surface.addEventListener("pointerleave", () => map.point(null));
  surface.addEventListener("dblclick", (event) => map.zoom(0.4, place(event)));
}
