"""`python -m pochin.cli` is the `pochin` command."""

import sys

from pochin.cli import main

sys.exit(main())
