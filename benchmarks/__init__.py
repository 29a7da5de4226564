"""Honest ratios: ours against a floor and a peer, in one run on one machine. `make bench NAME=catalogue`."""
