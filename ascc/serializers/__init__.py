"""Programs, vouchers and providers as the API shows and takes them."""
