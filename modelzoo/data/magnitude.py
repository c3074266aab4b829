"""How large a number may be: networks compute in float32, and larger ones become infinite there."""

from __future__ import annotations

import numpy as np

LARGEST = float(np.finfo("float32").max)

TOO_LARGE = f"float32 ends at {LARGEST:.2g}, scale the data first"
