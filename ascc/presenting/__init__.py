"""After-sales service in words, for pages and mails."""
