// A table of clips: sorted by a click on a heading, each heard and opened from its row. Only the rows in sight exist.

import { glyphLine, patternLevels } from "../motif_space/glyph.js";
import { Clips } from "../shared/clips.js";
import { el, iconButton, keepBright, relabel } from "../shared/dom.js";
import { renderer } from "../shared/mount.js";
import { clock } from "../shared/scales.js";
import { textAt, unpack } from "../shared/wire.js";
import { inWindow, sorted } from "./order.js";

const ROW_PX = 36;
const GLYPH = { width: 64, height: 22, pad: 3 };
const SVG = "http://www.w3.org/2000/svg";

class ClipTable {
  constructor(parent) {
    this.root = el("div", { className: "flamsid cliptable" });
    parent.append(this.root);
    // For whoever looks in from outside: the browser tests, or a console.
    this.root.flamsid = this;
    keepBright(parent.host ?? parent);
    this.clips = new Clips((i) => this.#address(i), () => this.#sounded());
    this.rows = new Map();
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const { head, arrays } = unpack(data);
    if (head.hash === this.hash) return;
    this.hash = head.hash;
    Object.assign(this, { head, arrays, order: null, sortedBy: null, descending: false });
    this.clips.stop();
    this.#build();
    this.#sort(null);
    this.root.dataset.ready ??= String(Math.round(performance.now()));
  }

  #build() {
    const { head } = this;
    this.headings = new Map();
    const cells = head.columns.map(({ name, text, sortable }) => {
      const cell = el("th", { scope: "col", className: name });
      if (sortable) {
        cell.append(el("button", { type: "button", textContent: text, title: head.strings.sort_column, onclick: () => this.#sort(name) }));
        this.headings.set(name, cell);
      } else cell.textContent = text;
      return cell;
    });
    this.body = el("tbody");
    const table = el("table", { "aria-rowcount": String(head.rows + 1) }, el("thead", {}, el("tr", {}, ...cells)), this.body);
    table.setAttribute("aria-label", head.strings.table_label);
    this.scroller = el("div", { className: "scroller", onscroll: () => this.#fill() }, table);
    this.scroller.style.maxHeight = `${head.max_height_px}px`;
    this.root.replaceChildren(this.scroller);
  }

  /** Sort by a column: rising, then falling, then as it came. */
  #sort(name) {
    if (name === this.sortedBy && this.descending) [this.sortedBy, this.descending] = [null, false];
    else [this.descending, this.sortedBy] = [name !== null && name === this.sortedBy, name];
    const names = this.head.names[this.sortedBy];
    this.order = this.sortedBy ? sorted(this.arrays[this.sortedBy], names, this.descending) : null;
    for (const [each, cell] of this.headings) {
      cell.setAttribute("aria-sort", each !== this.sortedBy ? "none" : this.descending ? "descending" : "ascending");
    }
    this.scroller.scrollTop = 0;
    this.#fill();
  }

  #fill() {
    const [from, to] = inWindow(this.scroller.scrollTop, this.head.max_height_px, ROW_PX, this.head.rows);
    const gap = (rows) => {
      const row = el("tr", { className: "gap", "aria-hidden": "true" });
      row.style.height = `${rows * ROW_PX}px`;
      return row;
    };
    const before = this.rows;
    this.rows = new Map();
    for (let place = from; place < to; place++) {
      const i = this.order ? this.order[place] : place;
      const row = before.get(i) ?? this.#row(i);
      row.setAttribute("aria-rowindex", String(place + 2));
      this.rows.set(i, row);
    }
    const shown = [...this.rows.values()];
    // Rows that stay are left where they are, or a button with the focus would lose it.
    const kept = new Set(shown);
    for (const child of [...this.body.children]) if (!kept.has(child)) child.remove();
    shown.forEach((row, k) => {
      if (this.body.children[k] !== row) this.body.insertBefore(row, this.body.children[k] ?? null);
    });
    this.body.prepend(gap(from));
    this.body.append(gap(this.head.rows - to));
    this.#sounded();
  }

  #row(i) {
    const { head, arrays } = this;
    const name = (column) => head.names[column][arrays[column][i]];
    const label = `${name("pattern")}, ${name("singer")}, ${name("recording")}`;
    const cells = head.columns.map(({ name: column }) => {
      const cell = el("td", { className: column });
      if (column === "play") cell.append(iconButton("play", `${head.strings.play}: ${label}`, () => this.#toggle(i)));
      else if (column === "open") cell.append(iconButton("follow", `${head.strings.open_recording}: ${label}`, () => this.send("opened", this.#id(i))));
      else if (column === "glyph") cell.append(glyph(name("pattern"), head.colours[arrays.singer[i]]));
      else if (column === "start") cell.textContent = clock(arrays.start[i], 0.1);
      else if (column === "length") cell.textContent = `${arrays.length[i].toFixed(2).replace(".", head.strings.decimal_point)} s`;
      else cell.textContent = cell.title = name(column);
      return cell;
    });
    const row = el("tr", {}, ...cells);
    row.label = label;
    return row;
  }

  #id(i) {
    return textAt(this.arrays.ids, this.arrays.id_offsets, i);
  }

  #address(i) {
    return this.head.audio_url_template.replace("{id}", encodeURIComponent(this.#id(i)));
  }

  #toggle(i) {
    if (this.clips.sounding === i) this.clips.stop();
    else this.clips.play(i);
  }

  #sounded() {
    for (const [i, row] of this.rows) {
      const on = this.clips.sounding === i;
      if (row.classList.contains("sounding") === on) continue;
      row.classList.toggle("sounding", on);
      const { play, stop } = this.head.strings;
      relabel(row.querySelector(".play button"), on ? "stop" : "play", `${on ? stop : play}: ${row.label}`);
    }
  }

  destroy() {
    this.clips.destroy();
    this.root.remove();
  }
}

function glyph(pattern, colour) {
  const { width, height, pad } = GLYPH;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `${-pad} ${-pad} ${width + 2 * pad} ${height + 2 * pad}`);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", glyphLine(patternLevels(pattern), width, height).map((point) => point.join(",")).join(" "));
  line.setAttribute("stroke", colour);
  svg.append(line);
  return svg;
}

export default renderer(ClipTable);
