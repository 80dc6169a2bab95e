// As much of a canvas context as the pictures use, written down as SVG: figures for papers, sharp at any size.

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const short = (number) => Number(number.toFixed(2));

export class SvgContext {
  fillStyle = "#000";
  strokeStyle = "#000";
  lineWidth = 1;
  lineJoin = "round";
  lineCap = "butt";
  font = "400 10px sans-serif";
  textAlign = "left";
  textBaseline = "alphabetic";

  #parts = [];
  #path = "";
  #dash = "";
  #saved = [];
  #open = 0;
  #clips = 0;

  constructor(width, height) {
    Object.assign(this, { width, height });
  }

  save() {
    this.#saved.push(this.#open);
  }

  restore() {
    const before = this.#saved.pop() ?? 0;
    for (; this.#open > before; this.#open--) this.#parts.push("</g>");
  }

  beginPath() {
    this.#path = "";
  }

  moveTo(x, y) {
    this.#path += `M${short(x)} ${short(y)}`;
  }

  lineTo(x, y) {
    this.#path += `L${short(x)} ${short(y)}`;
  }

  rect(x, y, width, height) {
    this.#path += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}z`;
  }

  arc(x, y, radius) {
    const r = short(radius);
    this.#path += `M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
  }

  closePath() {
    this.#path += "z";
  }

  clip() {
    const id = `clip${++this.#clips}`;
    this.#parts.push(`<clipPath id="${id}"><path d="${this.#path}"/></clipPath><g clip-path="url(#${id})">`);
    this.#open++;
  }

  setLineDash(lengths) {
    this.#dash = lengths.length ? ` stroke-dasharray="${lengths.join(" ")}"` : "";
  }

  stroke() {
    if (!this.#path) return;
    this.#parts.push(
      `<path d="${this.#path}" fill="none" stroke="${escape(this.strokeStyle)}" stroke-width="${this.lineWidth}" ` +
        `stroke-linejoin="${this.lineJoin}" stroke-linecap="${this.lineCap}"${this.#dash}/>`,
    );
  }

  fill() {
    if (this.#path) this.#parts.push(`<path d="${this.#path}" fill="${escape(this.fillStyle)}"/>`);
  }

  fillRect(x, y, width, height) {
    this.#parts.push(
      `<rect x="${short(x)}" y="${short(y)}" width="${short(Math.max(0, width))}" height="${short(Math.max(0, height))}" fill="${escape(this.fillStyle)}"/>`,
    );
  }

  strokeRect(x, y, width, height) {
    this.#parts.push(
      `<rect x="${short(x)}" y="${short(y)}" width="${short(Math.max(0, width))}" height="${short(Math.max(0, height))}" ` +
        `fill="none" stroke="${escape(this.strokeStyle)}" stroke-width="${this.lineWidth}"/>`,
    );
  }

  fillText(text, x, y) {
    const [, weight, size, family] = /^(\d+) ([\d.]+)px (.*)$/.exec(this.font) ?? [null, 400, 10, "sans-serif"];
    const anchor = { left: "start", center: "middle", right: "end" }[this.textAlign];
    const shift = { top: 0.8, middle: 0.35, alphabetic: 0 }[this.textBaseline] * size;
    this.#parts.push(
      `<text x="${short(x)}" y="${short(y + shift)}" font-family="${escape(family)}" font-size="${size}" font-weight="${weight}" ` +
        `text-anchor="${anchor}" fill="${escape(this.fillStyle)}">${escape(text)}</text>`,
    );
  }

  toString() {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" ` +
      `viewBox="0 0 ${this.width} ${this.height}">${this.#parts.join("")}</svg>`
    );
  }
}
