"""What after-sales service shows in conversations."""
