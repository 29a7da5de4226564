"""Pairs that talk: the same load program over ours, a bare relay and socket.io."""
