"""only for those that check types, and again for those that run"""
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from layers import Hidden
else:
    from layers import *
