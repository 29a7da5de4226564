"""What the frames of sockets do in the matching."""
