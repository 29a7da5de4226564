"""Who may open (PAGES) and send (SENT) what in each room of a store's manage pages.

A permission by address; None opens for everybody of the store. `MODELS` are what the room's forms could change, and
`names` fills in an address of the room, with things made when a page asks for them.
"""
