"""Pages of a voucher's owner and of whoever is shown one."""
