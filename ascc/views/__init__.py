"""Pages of after-sales service, by whom they are for."""
