"""What people type about vouchers and the work for them."""
