// Colours: Streamlit's theme as it stands, and those of categories.

/** Read the theme from the custom properties Streamlit sets around a component. */
export function readTheme(element) {
  const style = getComputedStyle(element);
  if (matchMedia("(forced-colors: active)").matches) return systemTheme(style.getPropertyValue("--st-font").trim());
  const read = (name, fallback) => {
    const value = style.getPropertyValue(name).trim();
    return value && value !== "unset" && value !== "transparent" ? value : fallback;
  };
  const background = read("--st-background-color", "#ffffff");
  const text = read("--st-text-color", "#31333f");
  const dark = luminance(parseColour(background)) < 0.4;
  return {
    dark,
    background,
    text,
    panel: read("--st-secondary-background-color", dark ? "#262730" : "#f0f2f6"),
    accent: read("--st-primary-color", "#ff4b4b"),
    font: read("--st-font", "system-ui, sans-serif"),
    muted: withAlpha(text, 0.62),
    faint: withAlpha(text, dark ? 0.2 : 0.16),
    hair: withAlpha(text, dark ? 0.1 : 0.08),
  };
}

/** The colours that a person has forced upon all pages; canvases must follow them by themselves. */
function systemTheme(font) {
  const probe = document.body.appendChild(document.createElement("i"));
  const resolved = (name) => {
    probe.style.color = name;
    return getComputedStyle(probe).color;
  };
  const [background, text, accent] = ["Canvas", "CanvasText", "Highlight"].map(resolved);
  probe.remove();
  const dark = luminance(parseColour(background)) < 0.4;
  const lines = { muted: text, faint: withAlpha(text, 0.6), hair: withAlpha(text, 0.35) };
  return { dark, background, text, panel: background, accent, font: font || "system-ui, sans-serif", ...lines };
}

const cache = new Map();

/** A CSS colour as [r, g, b], 0 to 255. */
export function parseColour(css) {
  if (cache.has(css)) return cache.get(css);
  let rgb = null;
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})([0-9a-f]{2})?$/i.exec(css);
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((d) => d + d).join("") : hex[1];
    rgb = [0, 2, 4].map((i) => parseInt(digits.slice(i, i + 2), 16));
  } else {
    const numbers = /^rgba?\(([^)]+)\)$/i.exec(css);
    if (numbers) rgb = numbers[1].split(/[\s,/]+/).slice(0, 3).map(Number);
  }
  if (!rgb && typeof document !== "undefined") {
    // Names and newer notations: let the canvas say what they mean.
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = "#808080";
    context.fillStyle = css;
    rgb = /^#/.test(context.fillStyle) ? parseColour(context.fillStyle) : [128, 128, 128];
  }
  rgb ??= [128, 128, 128];
  cache.set(css, rgb);
  return rgb;
}

export function withAlpha(css, alpha) {
  const [r, g, b] = parseColour(css);
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

/** Relative luminance as WCAG defines it, 0 (black) to 1 (white). */
export function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever reads better on a colour. */
export const inkOn = (css) => (luminance(parseColour(css)) > 0.36 ? "#101418" : "#ffffff");

/** The colour of each category: the given one, otherwise the palette's next. */
export function categoryColours(categories, palette) {
  let next = 0;
  return categories.map(({ colour }) => colour ?? palette[next++ % palette.length]);
}
