"""Falsifies what a client hears, once: a checker that does not tell it is worthless."""

BEGIN = 20  # messages that are left alone


class Tamper:
    def __init__(self):
        self.messages, self.held = 0, None

    def __call__(self, frame):
        """The frames to hear in place of this one."""
        if frame["kind"] != "message":
            return [frame]
        self.messages += 1
        return self.falsify(frame) if self.messages > BEGIN else [frame]

    def is_first(self):
        return self.messages == BEGIN + 1


class Drop(Tamper):
    def falsify(self, frame):
        return [] if self.is_first() else [frame]


class Double(Tamper):
    def falsify(self, frame):
        return [frame, frame] if self.is_first() else [frame]


class Swap(Tamper):
    """Holds one back until after the next of the same conversation."""

    def falsify(self, frame):
        if self.is_first():
            self.held = frame
            return []
        held = self.held
        if held and all(frame.get(name) == held.get(name) for name in ("group", "user")):
            self.held = None
            return [frame, held]
        return [frame]


KINDS = {"drop": Drop, "double": Double, "swap": Swap}
