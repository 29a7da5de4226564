"""`python -m martunion_connector`."""

import sys

from martunion_connector.cli import main

sys.exit(main())
