"""Orders on their way through procedures: starting, following the order, doing steps, telling, counting."""
