"""flamsid tells who is singing in unaccompanied flamenco, and how we know."""

from flamsid_core.errors import FlamsidError

__all__ = ["FlamsidError"]
__version__ = "0.1.0"
