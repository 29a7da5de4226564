"""What is done with wishes and answers."""
