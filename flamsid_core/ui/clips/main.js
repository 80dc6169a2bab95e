// A list of clips: a button plays one, whatever sounded before stops. All texts go in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const PLAY = "M8 5v14l11-7z";
const STOP = "M6 6h12v12H6z";
const OPEN = "M10 5v2h5.6L6 16.6 7.4 18 17 8.4V14h2V5z";
const ASK = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 17h-2v-2h2zm2.1-7.7-.9.9A3.7 3.7 0 0 0 13 15h-2v-.5c0-1.1.4-2.1 1.2-2.8l1.2-1.3a2 2 0 1 0-3.4-1.4H8a4 4 0 1 1 7.1 2.3z";
const SOUND = "__flamsidClipSound";

// The element stands in the page itself, so that the app's instruments hear its "play" and can pause it.
function sound() {
  if (!window[SOUND]) {
    window[SOUND] = document.createElement("audio");
    window[SOUND].hidden = true;
    window[SOUND].dataset.flamsid = "clip";
    document.body.append(window[SOUND]);
  }
  return window[SOUND];
}

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function icon(path) {
  const svg = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  svg.append(shape("path", { d: path }));
  return svg;
}

function cell(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

function button(name, label, path, onclick) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = name;
  element.title = label;
  element.setAttribute("aria-label", label);
  element.append(icon(path));
  element.onclick = onclick;
  return element;
}

function glyph(clip) {
  const picture = document.createElement("img");
  picture.className = "glyph";
  picture.alt = "";
  picture.src = clip.glyph;
  return picture;
}

function mark(row, playing, texts, name) {
  row.classList.toggle("sounding", playing);
  const play = row.querySelector(".play");
  play.replaceChildren(icon(playing ? STOP : PLAY));
  const label = `${playing ? texts.stop : texts.play}: ${name}`;
  play.title = label;
  play.setAttribute("aria-label", label);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".clips");
  const { clips, texts } = data;
  const audio = sound();
  let current = null;
  let turn = null; // the place of the clip that is followed by the next one
  list.classList.toggle("same", data.same);
  // One width for the steps of all rows, so that the columns line up.
  const longest = Math.max(0, ...clips.map((clip) => clip.pattern.length));
  list.style.setProperty("--pattern-width", `${Math.min(longest, 16) + 1}ch`);
  list.style.maxHeight = `${data.maxHeight}px`;
  list.setAttribute("aria-label", texts.list);

  const silence = () => {
    if (current) mark(current.row, false, texts, current.name);
    current = null;
  };
  const play = async (row, clip, name) => {
    const again = current?.row === row;
    audio.pause();
    silence();
    if (again) return;
    current = { row, name };
    audio.row = row; // whose sound it is, among all lists on the page
    mark(row, true, texts, name);
    row.classList.remove("failed");
    audio.src = clip.url;
    try {
      await audio.play();
    } catch (error) {
      if (error.name === "AbortError" || current?.row !== row) return;
      row.classList.add("failed");
      row.title = texts.failed;
      silence();
    }
  };

  list.replaceChildren(
    ...clips.map((clip) => {
      const row = document.createElement("div");
      const name = `${clip.pattern}, ${clip.title}`;
      row.className = "clip";
      row.setAttribute("role", "listitem");
      const what = cell("what", "");
      const title = cell("title", clip.title);
      // The title opens the recording as well: it is what one reaches for. By keyboard the button beside it does.
      if (data.canOpen && !data.asks) {
        title.classList.add("way");
        title.onclick = () => setTriggerValue("opened", clip.id);
      }
      what.append(title, cell("detail", clip.detail));
      what.title = `${clip.title} ${clip.detail}`;
      row.append(
        button("play", `${texts.play}: ${name}`, PLAY, () => { turn = null; play(row, clip, name); }),
        glyph(clip),
        cell("pattern", clip.pattern),
        what,
        cell("length", clip.length),
        data.canOpen
          ? button("open", `${texts.open}: ${name}`, data.asks ? ASK : OPEN, () => setTriggerValue("opened", clip.id))
          : document.createElement("span"),
      );
      return row;
    }),
  );

  const rows = [...list.children];
  const playTurn = (place) => {
    turn = place;
    const clip = clips[place];
    rows[place].scrollIntoView({ block: "nearest" });
    play(rows[place], clip, `${clip.pattern}, ${clip.title}`);
  };
  if (data.inTurn) {
    const all = button("turn", texts.inTurn, PLAY, () => { silence(); playTurn(0); });
    all.append(cell("", texts.inTurn));
    list.prepend(all);
  }
  // "pause" comes before "ended": whose turn it is must outlast it.
  const next = () => {
    if (turn !== null && audio.row === rows[turn] && turn + 1 < rows.length) playTurn(turn + 1);
    else turn = null;
  };
  audio.addEventListener("ended", next);

  // Ended, or paused because something else in the app sounds; not the late echo of our own change of clips.
  const stopped = () => {
    if (audio.paused || audio.row !== current?.row) silence();
  };
  // A browser may drop the "pause" of a sound that is at once replaced by another; "emptied" always comes.
  const ends = ["ended", "pause", "emptied"];
  for (const event of ends) audio.addEventListener(event, stopped);
  return () => {
    audio.removeEventListener("ended", next);
    for (const event of ends) audio.removeEventListener(event, stopped);
    if (current && audio.row === current.row) audio.pause();
  };
}
