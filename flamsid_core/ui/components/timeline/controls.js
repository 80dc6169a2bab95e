// The row of controls above the picture.

import { el, iconButton, menu, relabel, toggleButton } from "../shared/dom.js";
import { viewButtons } from "../shared/instrument.js";
import { clock } from "../shared/scales.js";

const SPEEDS = [1, 0.9, 0.8, 0.7, 0.6, 0.5];

/** Build the toolbar; `sync(player, view)` brings it up to date. */
export function buildControls(instrument, texts, head) {
  const play = iconButton("play", texts.play, () => instrument.toggle(), "␣");
  play.classList.add("primary");
  const loop = toggleButton("loop", texts.loop, true, () => instrument.toggleLoop(), "L");
  const readout = el("output", { className: "clock", ariaLive: "off" });
  const listen = el("select", { title: `${texts.listen} (B)`, onchange: () => instrument.listenTo(listen.value) });
  listen.setAttribute("aria-label", texts.listen);
  for (const kind of ["voice", "contour", "steps"]) listen.append(el("option", { value: kind, textContent: texts[kind] }));
  const ears = toggleButton("ears", texts.both_ears, false, () => instrument.toggleEars(), "M");
  const speed = el("select", { title: `${texts.speed} ([ ])`, onchange: () => instrument.setSpeed(Number(speed.value)) });
  speed.setAttribute("aria-label", texts.speed);
  for (const rate of SPEEDS) speed.append(el("option", { value: String(rate), textContent: `${rate} ×` }));
  const status = el("span", { className: "status", role: "status" });
  const reference = el("select", { title: texts.reference, onchange: () => instrument.setReference(reference.value) });
  reference.setAttribute("aria-label", texts.reference);
  reference.append(el("option", { value: "notes", textContent: texts.reference_a4 }));
  reference.append(el("option", { value: "cents", textContent: texts.reference_cents }));
  if (head.tonic_cents !== null) reference.append(el("option", { value: "tonic", textContent: texts.reference_tonic }));
  const follow = toggleButton("follow", texts.follow, true, (on) => instrument.setFollow(on));
  const layers = menu("layers", texts.layers, layerBoxes(instrument, texts));
  const edit = el("button", { type: "button", className: "edit", title: `${texts.edit} (E)`, textContent: texts.edit, onclick: () => instrument.desk.toggle() });
  edit.hidden = !head.edits;
  const bar = el(
    "div", { className: "bar", role: "toolbar" },
    play, loop, readout,
    el("span", { className: "gap" }),
    listen, ears, speed,
    edit,
    el("span", { className: "spring" }, status),
    reference, layers, follow,
    el("span", { className: "gap" }),
    ...viewButtons(instrument, texts, 1.5),
  );
  return {
    bar,
    showTime(position, duration) {
      const text = `${clock(position, 0.1)} / ${clock(duration, 1)}`;
      if (readout.value !== text) readout.value = text;
    },
    sync(player, view) {
      const label = player.playing ? texts.pause : texts.play;
      if (play.getAttribute("aria-label") !== label) relabel(play, player.playing ? "pause" : "play", label, "␣");
      loop.set(view.loop);
      ears.set(player.bothEars);
      follow.set(view.follow);
      listen.value = player.listen;
      speed.value = String(player.rate);
      reference.value = view.reference;
      const said = player.failed ? texts.no_sound : player.loading ? texts.loading_sound : chosenText(view, texts);
      if (status.textContent !== said) status.textContent = said;
    },
  };
}

/** The chosen occurrence in words, which a screen reader says as it sounds. */
function chosenText({ chosen, model }, texts) {
  if (chosen < 0 || chosen >= model.instances.start.length) return "";
  const motif = model.instances.motif[chosen];
  const here = `${model.siblings[motif].length} × ${texts.occurrences}`;
  return `${texts.motif} ${model.motifs[motif].pattern} · ${here} · ${clock(model.instances.start[chosen], 0.1)}`;
}

function layerBoxes(instrument, texts) {
  return Object.keys(instrument.view.layers).map((name) => {
    const box = el("input", { type: "checkbox", checked: instrument.view.layers[name] });
    box.onchange = () => instrument.setLayer(name, box.checked);
    return el("label", {}, box, texts[`layer_${name}`]);
  });
}

export const speeds = SPEEDS;
