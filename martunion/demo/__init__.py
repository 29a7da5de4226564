"""The demo: three regional unions that feel real, with their goods, pictures, people and a few weeks of trade."""
