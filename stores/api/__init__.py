"""The REST API's classes, stores, goods, prices and stock."""
