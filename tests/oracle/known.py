"""Where Tamga knowingly differs from an oracle: groups, a test on (value, country, expected, got), and why."""

KNOWN = [
]
