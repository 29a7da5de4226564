"""What the API of the redirect takes and shows."""
