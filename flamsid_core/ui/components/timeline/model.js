// What is shown: the payload's arrays with what drawing and pointing need worked out once. No DOM in here.

import { buildPyramid, decodeCents, pitchRange } from "./pyramid.js";
import { longest, packLanes, spanAt, spanPitches } from "./intervals.js";
import { contourPitch, stepPitch } from "./voice.js";

const PITCH_MARGIN_CENTS = 120;
const BOX_MARGIN_CENTS = 35;

export function buildModel({ head, arrays }) {
  const cents = decodeCents(arrays.cents, head.cents_quantum);
  const order = [...arrays.segment_start.keys()].sort((a, b) => arrays.segment_start[a] - arrays.segment_start[b]);
  const pick = (values, Type) => Type.from(order, (i) => values[i]);
  const segments = {
    start: pick(arrays.segment_start, Float64Array),
    end: pick(arrays.segment_end, Float64Array),
    cents: pick(arrays.segment_cents, Float32Array),
    phrase: pick(arrays.segment_phrase, Int32Array),
    level: pick(arrays.segment_level, Uint16Array),
    sung: pick(arrays.segment_sung, Float32Array),
    vibratoHz: pick(arrays.segment_vibrato_hz, Float32Array),
    vibratoCents: pick(arrays.segment_vibrato_cents, Float32Array),
    glide: pick(arrays.segment_glide, Float32Array),
  };
  const starts = arrays.instance_start;
  const ends = arrays.instance_end;
  const { lanes, next, count } = packLanes(starts, ends, head.max_lanes);
  const siblings = head.motifs.map(() => []);
  arrays.instance_motif.forEach((motif, i) => siblings[motif].push(i));
  const range = pitchRange(cents) ?? pitchRange(segments.cents) ?? [1200, 2400];
  return {
    head,
    durationS: head.duration_s,
    cents,
    centre: decodeCents(arrays.centre, head.cents_quantum),
    confidence: arrays.confidence,
    confidenceStride: head.confidence_stride,
    pyramid: buildPyramid(cents),
    frameStartS: head.frame_start_s,
    hopS: head.hop_s,
    segments,
    longestSegment: longest(segments.start, segments.end),
    levels: [...arrays.level_cents].sort((a, b) => a - b),
    waveform: arrays.waveform,
    voiced: cents.some((value) => !Number.isNaN(value)),
    pitchRange: [range[0] - PITCH_MARGIN_CENTS, range[1] + PITCH_MARGIN_CENTS],
    motifs: head.motifs.map((motif) => ({ ...motif, pattern: motif.name || motif.pattern.replaceAll("-", "−") })),
    siblings,
    instances: {
      start: starts,
      end: ends,
      motif: arrays.instance_motif,
      row: arrays.instance_row,
      lanes,
      next,
      laneCount: count,
      reach: longest(starts, ends),
      ...spanPitches(starts, ends, segments.start, segments.end, segments.cents),
    },
    pitches: {
      contour: contourPitch(cents, head.frame_start_s, head.hop_s),
      steps: stepPitch(segments.start, segments.end, segments.cents),
    },
  };
}

/** What is seen of a model, and what is pointed at: the state all drawing reads. */
export function freshView(overviewPicture) {
  return {
    overviewPicture,
    model: null, layout: null, window: [0, 1], pitch: [0, 1], theme: null, colours: [],
    layers: { f0: true, centre: false, levels: true, steps: true, motifs: true, marks: true, confidence: false, spectrogram: false },
    reference: "notes", mark: null, stroke: null, selection: null, loop: true, follow: true,
    hover: -1, chosen: -1, motif: -1, pointer: null, cursor: null,
  };
}

/** The occurrence whose box on the contour lies over (time, pitch), the shortest if several do; -1 for none. */
export function boxAt(model, time, cents) {
  const { start, end, reach, low, high } = model.instances;
  const inside = (i) => cents >= low[i] - BOX_MARGIN_CENTS && cents <= high[i] + BOX_MARGIN_CENTS;
  return spanAt(start, end, reach, time, inside);
}

/** The occurrence drawn in a lane at a time, or the nearest one within `slack` seconds; -1 for none. */
export function laneAt(model, time, lane, slack) {
  const { start, end, reach, lanes } = model.instances;
  const exact = spanAt(start, end, reach, time, (i) => lanes[i] === lane);
  if (exact >= 0) return exact;
  const left = spanAt(start, end, reach, time - slack, (i) => lanes[i] === lane);
  return left >= 0 ? left : spanAt(start, end, reach, time + slack, (i) => lanes[i] === lane);
}

export const boxMargin = BOX_MARGIN_CENTS;
