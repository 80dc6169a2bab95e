// One sound at a time, anywhere in the app. Every instrument takes the stage before it sounds; whoever held it
// stops. The stage lives on `window` because each component loads its own copy of this module, and other tabs are
// told through a BroadcastChannel.

const NAME = "__flamsidStage";

function create() {
  let context = null;
  let holder = null;
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("flamsid-sound");

  const silence = () => {
    const stop = holder?.stop;
    holder = null;
    stop?.();
  };
  if (channel) channel.onmessage = silence;
  // Streamlit's own players (st.audio) count as well, in both directions.
  document.addEventListener("play", silence, true);

  return {
    /** The audio context of the whole app: browsers allow only a few, and all sounds share its clock. */
    get context() {
      context ??= new AudioContext({ latencyHint: "interactive" });
      return context;
    },
    get sounding() {
      return holder !== null;
    },
    /** Take the stage; `stop` is called when someone else does. */
    take(owner, stop) {
      if (holder && holder.owner !== owner) silence();
      holder = { owner, stop };
      document.querySelectorAll("audio, video").forEach((element) => element.pause());
      channel?.postMessage("taken");
      return this.context.state === "suspended" ? this.context.resume() : Promise.resolve();
    },
    /** Leave the stage, if `owner` still has it. */
    leave(owner) {
      if (holder?.owner === owner) holder = null;
    },
  };
}

export function stage() {
  window[NAME] ??= create();
  return window[NAME];
}
