"""Is somebody singing in this frame? Evidence from level, harmonicity and salience, per recording."""

import numpy as np
from numpy.typing import NDArray

from flamsid_core.melody.salience import CAND_HARMONICITY, CAND_SALIENCE, FRAME_POWER

_SILENCE_POWER = 1e-14  # about -140 dB of full scale: digital silence and rounding noise


def voicing_evidence(
    candidates: NDArray[np.float32], frames: NDArray[np.float32], threshold: float
) -> NDArray[np.float32]:
    """Return log odds of voicing for each frame, 0 at the decision; −inf in digital silence."""
    power_db = 10.0 * np.log10(frames[:, FRAME_POWER] + 1e-20)
    audible = frames[:, FRAME_POWER] > _SILENCE_POWER
    if not audible.any():
        return np.full(len(frames), -np.inf, dtype=np.float32)
    loud_db = np.percentile(power_db[audible], 95)
    best = np.argmax(candidates[:, :, CAND_SALIENCE], axis=1)
    harmonicity = candidates[np.arange(len(best)), best, CAND_HARMONICITY]
    evidence = 0.25 * (np.clip(power_db - loud_db, -60.0, 0.0) + 28.0) + 4.0 * (harmonicity - 0.75)
    return np.where(audible, evidence - threshold, -np.inf).astype(np.float32)
