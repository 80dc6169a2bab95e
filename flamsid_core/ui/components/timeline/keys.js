// The timeline's keys, and what the help says about keys and gestures.

import { deskHelp } from "./desk.js";

/** What each key does to timeline `it`. */
export function keyActions(it) {
  const step = (sign) => (event) => {
    const [start, end] = it.view.window;
    if (event.shiftKey) it.seek((it.view.cursor ?? start) + sign * it.view.model.hopS);
    else it.pan((sign * (end - start)) / 10);
  };
  const tilt = (sign) => () => it.panPitch((sign * (it.view.pitch[1] - it.view.pitch[0])) / 10);
  return {
    ...it.desk.keys(),
    " ": () => it.toggle(), ArrowLeft: step(-1), ArrowRight: step(1), ArrowUp: tilt(1), ArrowDown: tilt(-1),
    "+": () => it.zoom(1 / 1.4), "=": () => it.zoom(1 / 1.4), "-": () => it.zoom(1.4), _: () => it.zoom(1.4),
    l: () => it.toggleLoop(), b: () => it.toggleListen(), m: () => it.toggleEars(),
    "[": () => it.stepSpeed(1), "]": () => it.stepSpeed(-1),
    n: () => it.neighbour(1), p: () => it.neighbour(-1), f: () => it.fit(),
    Home: () => it.seek(0), End: () => it.seek(it.view.model.durationS),
    Escape: () => it.clear(), "?": () => it.help.toggle(),
  };
}

/** Rows of [keys or gesture, what it does]. */
export function helpRows(texts) {
  return [
    [["␣"], texts.key_space], [["←", "→"], texts.key_arrows], [["↑", "↓"], texts.key_updown], [["+", "−"], texts.key_zoom],
    [["L"], texts.key_l], [["B"], texts.key_b], [["M"], texts.key_m], [["[", "]"], texts.key_brackets],
    [["N", "P"], texts.key_n], [["F"], texts.key_f], [["Home", "End"], texts.key_home], [["Esc"], texts.key_escape],
    [[texts.do_click], texts.mouse_click], [[texts.do_drag], texts.mouse_drag], [[texts.do_shift_drag], texts.mouse_shift_drag],
    [[texts.do_wheel], texts.mouse_wheel], [[texts.do_double], texts.mouse_double],
    ...deskHelp(texts),
  ];
}
