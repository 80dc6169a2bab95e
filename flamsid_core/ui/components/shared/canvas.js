// Canvases that stay sharp on any screen, and pictures of them for saving.

/** Size a canvas in CSS pixels for this screen's density; returns its context, scaled so that units are CSS pixels. */
export function fitCanvas(canvas, width, height, options) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d", options);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Run `draw` at most once a frame, however often it is asked for. */
export function onceAFrame(draw) {
  let handle = 0;
  const ask = () => {
    handle ||= requestAnimationFrame((now) => {
      handle = 0;
      draw(now);
    });
  };
  ask.cancel = () => {
    cancelAnimationFrame(handle);
    handle = 0;
  };
  return ask;
}

/** Offer a blob as a file to save. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Save canvases laid over one another as one PNG; `finish` may draw on it. */
export function savePicture(canvases, name, finish) {
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [canvases[0].width, canvases[0].height];
  const ctx = picture.getContext("2d");
  for (const canvas of canvases) ctx.drawImage(canvas, 0, 0);
  finish?.(ctx);
  picture.toBlob((blob) => save(blob, name));
}
