"""The frames of an MP3: how many samples there are, and where one file ends and the next begins."""

import struct

from flamsid_core.corpus.bytesof import Bytes

# MPEG layer III: kbit/s by index for version 1 and for versions 2 and 2.5, Hz by version bits and index.
KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
LENGTH_TAGS = (b"Xing", b"Info", b"VBRI")
# Encoders disagree by a frame or two on whether the frame with the length counts.
SLACK_FRAMES = 2


def mpeg_parts(data: Bytes) -> tuple[list[int], int | None]:
    """Walk the frames of an MP3.

    Parameters
    ----------
    data
        The whole file.

    Returns
    -------
    starts : list of int
        Where each of the files begins that were joined into this one (its tag or its first frame); one for a plain
        file, none when there is no frame of layer III.
    counted : int or None
        Samples a channel, where no frame tells the length of the first file; None where one does.
    """
    starts: list[int] = []
    counted: int | None = None
    at, frames_left, tag_at = 0, -1, -1
    while at < len(data) - 4:
        skipped = _tag_bytes(data, at)
        if skipped:
            tag_at = at if data[at : at + 3] == b"ID3" else -1
            at += skipped
            continue
        frame = mp3_frame(data[at : at + 4])
        if frame is None or (not starts and not _frame_follows(data, at, frame[0])):
            at = _next_frame(data, at + 1)
            if at < 0:
                break
            continue
        length = _length_in(data[at : at + frame[0]])
        if not starts or length is not None or frames_left == 0:
            # A tag before the frame belongs to it.
            starts.append(tag_at if tag_at >= 0 else at)
            counted = 0 if length is None and len(starts) == 1 else counted
            frames_left = -1 if length is None or length == 0 else length + SLACK_FRAMES
        elif frames_left > 0:
            frames_left -= 1
        counted = counted + frame[1] if counted is not None and len(starts) == 1 else counted
        tag_at = -1
        at += frame[0]
    return starts, counted


def mp3_frame(header: bytes) -> tuple[int, int] | None:
    """Return (bytes, samples) of the frame with this header of four bytes; None: no frame of layer III."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version, rate_index, bits_index = header[1] >> 3 & 3, header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or rate_index == 3 or bits_index in (0, 15):
        return None
    bits_per_s = 1000 * KBITS[version == 3][bits_index]
    samples = 1152 if version == 3 else 576
    return samples // 8 * bits_per_s // RATES_HZ[version][rate_index] + (header[2] >> 1 & 1), samples


def _tag_bytes(data: Bytes, at: int) -> int:
    head = data[at : at + 32]
    if head[:3] == b"ID3" and len(head) >= 10:
        # The size is in four bytes of seven bits.
        return 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
    if head[:3] == b"TAG":
        return 128
    if head[:8] == b"APETAGEX" and len(head) == 32:
        return 32 + int(struct.unpack("<I", head[12:16])[0])
    return 0


def _length_in(frame: bytes) -> int | None:
    """Return the number of frames that a frame with a length header promises (0: it does not say); None for others."""
    for tag in LENGTH_TAGS:
        # The header comes after 4 bytes and the side information, which has at most 32.
        at = frame.find(tag, 4, 44)
        if at >= 0 and tag == b"VBRI":
            return int.from_bytes(frame[at + 14 : at + 18], "big")
        if at >= 0:
            has_frame_count = frame[at + 7 : at + 8] and frame[at + 7] & 1
            return int.from_bytes(frame[at + 8 : at + 12], "big") if has_frame_count else 0
    return None


def _frame_follows(data: Bytes, at: int, length: int) -> bool:
    after = data[at + length : at + length + 4]
    return len(after) < 4 or mp3_frame(after) is not None or after[:3] in (b"TAG", b"APE", b"ID3")


def _next_frame(data: Bytes, at: int) -> int:
    """Return where the next frame is that another frame follows, or the next tag; -1 when there is none."""
    while (at := data.find(b"\xff", at)) >= 0:
        frame = mp3_frame(data[at : at + 4])
        if frame is not None and _frame_follows(data, at, frame[0]):
            return at
        at += 1
    return -1
