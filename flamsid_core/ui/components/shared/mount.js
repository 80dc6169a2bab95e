// How Streamlit starts, feeds and ends an instrument.

/**
 * The function Streamlit calls on every rerun with new data; what it returns is called when the page is left. One
 * instrument lives as long as its place on the page.
 */
export function renderer(Instrument) {
  const mounted = new WeakMap();
  return (component) => {
    const parent = component.parentElement;
    if (!mounted.has(parent)) mounted.set(parent, new Instrument(parent));
    const instrument = mounted.get(parent);
    const turn = {};
    instrument.turn = turn;
    instrument.update(component);
    return () => {
      // A rerun that overtakes a slow first load clears that load up; only the newest call may end the instrument.
      if (instrument.turn !== turn) return;
      instrument.destroy();
      mounted.delete(parent);
    };
  };
}
