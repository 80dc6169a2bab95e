"""A motif as a small picture."""

from html import escape


def glyph_svg(pattern: str, *, width_px: int = 72, height_px: int = 28, colour: str = "currentColor") -> str:
    """Draw a motif's steps as a contour of levels.

    Parameters
    ----------
    pattern : str
        Steps, "+1 -2 +1".
    width_px, height_px : int
    colour : str
        Of the line; the default takes the colour of the text around it, so it fits light and dark.

    Returns
    -------
    str
        An SVG element with the pattern as its label.
    """
    levels = [0]
    for step in pattern.split():
        levels.append(levels[-1] + int(step))
    margin = 3.0
    width = (width_px - 2 * margin) / len(levels)
    height = (height_px - 2 * margin) / max(max(levels) - min(levels), 1)
    # One level only lies in the middle.
    top = margin if max(levels) > min(levels) else height_px / 2
    points = []
    for i, level in enumerate(levels):
        y = top + (max(levels) - level) * height
        points += [f"{margin + i * width:.1f},{y:.1f}", f"{margin + (i + 1) * width:.1f},{y:.1f}"]
    label = escape(pattern, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px}" height="{height_px}" '
        f'viewBox="0 0 {width_px} {height_px}" role="img" aria-label="{label}"><title>{label}</title>'
        f'<polyline points="{" ".join(points)}" fill="none" stroke="{escape(colour, quote=True)}" '
        'stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/></svg>'
    )
