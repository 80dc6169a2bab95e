"""Sound over HTTP, by ids.

``/audio/recording/<project>/<recording>`` (whole, seekable), ``/audio/clip/<project>/<instance>``,
``/audio/span/<project>/<recording>?start=<s>&end=<s>``, and of what was uploaded to be identified
``/audio/upload/<hash>?start=<s>&end=<s>``.

Only ids come in, and only ids that stand in a table lead to a file; whatever else is asked for is not found.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from flamsid_core.corpus.carrier import check_speed
from flamsid_core.errors import FlamsidError
from flamsid_core.ui import sound

RECORDING_PATH = "/audio/recording/{project}/{recording_id}"
CLIP_PATH = "/audio/clip/{project}/{instance_id}"
UPLOAD_PATH = "/audio/upload/{upload_id}"
SPAN_PATH = "/audio/span/{project}/{recording_id}"
MAX_SPAN_S = 600.0
_ID = re.compile(r"[\w.:+\- ]{1,120}")
# Ids follow the content, but a workspace may be made again with other parameters: ask again after a while.
_HEADERS = {"Cache-Control": "private, max-age=60", "X-Content-Type-Options": "nosniff"}


def audio_routes() -> list[Route]:
    """Return the routes that serve recordings and clips, and the first page under its name."""
    return [
        Route("/corpus", _corpus),
        Route(RECORDING_PATH, _recording),
        Route(CLIP_PATH, _clip),
        Route(SPAN_PATH, _span),
        Route(UPLOAD_PATH, _upload),
    ]


def trusted_hosts() -> list[str]:
    """Return the host names the app answers to: this machine's, and those in ``FLAMSID_HOSTS`` (with commas).

    A page elsewhere cannot make a browser read the corpus through a name of its own (DNS rebinding).
    """
    named = [host.strip() for host in os.environ.get("FLAMSID_HOSTS", "").split(",") if host.strip()]
    return ["localhost", "127.0.0.1", "::1", *named]


def recording_url(project: str, recording_id: str) -> str:
    """Return the address of a recording's FLAC."""
    return RECORDING_PATH.format(project=quote(project, safe=""), recording_id=quote(recording_id, safe=""))


def clip_url(project: str, instance_id: str = "") -> str:
    """Return the address of an instance's clip; without `instance_id`, what comes before the id."""
    return CLIP_PATH.format(project=quote(project, safe=""), instance_id=quote(instance_id, safe=""))


def span_url(project: str, recording_id: str) -> str:
    """Return the address of any span of a recording, ``{start}`` and ``{end}`` standing for seconds."""
    path = SPAN_PATH.format(project=quote(project, safe=""), recording_id=quote(recording_id, safe=""))
    return path + "?start={start}&end={end}"


def upload_url(upload_id: str, start_s: float, end_s: float, speed: float = 0.0) -> str:
    """Return the address of a span of an uploaded sound, whose carrier ran `speed` percent too fast."""
    address = UPLOAD_PATH.format(upload_id=quote(upload_id, safe=""))
    return address + f"?start={start_s:.6f}&end={end_s:.6f}" + (f"&speed={speed:g}" if speed else "")


async def _corpus(request: Request) -> Response:
    """Streamlit shows its first page at the root alone; a link that names it is sent there with all it says."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


async def _recording(request: Request) -> Response:
    try:
        path = await run_in_threadpool(sound.recording_flac, *_ids(request, "recording_id"))
    except KeyError:
        return _not_found()
    except FlamsidError as error:
        return PlainTextResponse(str(error), status_code=410)
    return FileResponse(path, media_type="audio/flac", headers=_HEADERS)


async def _clip(request: Request) -> Response:
    try:
        return _wav(await run_in_threadpool(sound.instance_wav, *_ids(request, "instance_id")))
    except KeyError:
        return _not_found()
    except FlamsidError as error:
        return PlainTextResponse(str(error), status_code=410)


async def _span(request: Request) -> Response:
    try:
        return _wav(
            await run_in_threadpool(
                sound.recording_span_wav, *_ids(request, "recording_id"), *_span_of(request)
            )
        )
    except KeyError:
        return _not_found()
    except FlamsidError as error:
        return PlainTextResponse(str(error), status_code=410)


async def _upload(request: Request) -> Response:
    try:
        upload_id = request.path_params["upload_id"]
        span, speed = _span_of(request), _speed_of(request)
        return _wav(await run_in_threadpool(sound.upload_span_wav, upload_id, *span, speed))
    except KeyError:
        return _not_found()
    except FlamsidError as error:
        return PlainTextResponse(str(error), status_code=410)


def _span_of(request: Request) -> tuple[float, float]:
    """Return the start and end asked for, in seconds; KeyError for what cannot be a span."""
    try:
        start_s, end_s = (float(request.query_params.get(name, "nan")) for name in ("start", "end"))
    except ValueError:
        start_s = end_s = float("nan")
    if not 0 <= start_s < end_s <= start_s + MAX_SPAN_S:
        raise KeyError("span")
    return start_s, end_s


def _speed_of(request: Request) -> float:
    """Return the speed asked for; KeyError for what no carrier does."""
    try:
        return check_speed(float(request.query_params.get("speed", "0")))
    except (ValueError, FlamsidError):
        raise KeyError("speed") from None


def _ids(request: Request, name: str) -> tuple[str, str]:
    """Return the project's name and the id called `name`; KeyError for what cannot be one."""
    ids = request.path_params["project"], request.path_params[name]
    if not all(map(_ID.fullmatch, ids)):
        raise KeyError(name)
    return ids


def _wav(content: bytes) -> Response:
    return Response(content, media_type="audio/wav", headers=_HEADERS)


def _not_found() -> Response:
    return PlainTextResponse("There is no such recording or clip.", status_code=404)
