"""Pages of a store about the programs that it promises and sells, and their vouchers."""
