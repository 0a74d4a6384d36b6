"""Every adapter over real HTTP against a mock made from the official descriptions: ``make mock-check``.

Our own scenarios only show that an adapter agrees with us. Prism validates what it receives by the carrier's description and
lists what it found in a header: a second opinion. It needs node and the official descriptions; without them the check says so.
"""
