"""What shops write about orders: `orders` at each step, `parcels`, `changes`, `substitutes`, `bills`; `posting` sends.

Returns, responses, runs, reservations and price proposals have a `mail.py` in their own rooms.
"""
