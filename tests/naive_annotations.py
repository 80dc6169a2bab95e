"""The obvious twin of the list of entries: two stacks a recording."""

from collections import defaultdict


class NaiveList:
    def __init__(self):
        self._done, self._undone = defaultdict(list), defaultdict(list)

    def add(self, recording_id, entry):
        self._done[recording_id].append(entry)
        self._undone[recording_id].clear()

    def undo(self, recording_id):
        if not self._done[recording_id]:
            return None
        self._undone[recording_id].append(self._done[recording_id].pop())
        return self._undone[recording_id][-1]

    def redo(self, recording_id):
        if not self._undone[recording_id]:
            return None
        self._done[recording_id].append(self._undone[recording_id].pop())
        return self._done[recording_id][-1]

    def done(self, recording_id):
        return self._done[recording_id]
