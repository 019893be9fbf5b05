"""Exercises that check themselves: `checks.one_neuron(one_neuron)` says in words what is off.

One file a chapter; the judges stand in judge.py.
"""

from .chapter_00 import *  # noqa: F403
from .chapter_01 import *  # noqa: F403
from .chapter_02 import *  # noqa: F403
from .chapter_03 import *  # noqa: F403
from .chapter_04 import *  # noqa: F403
from .chapter_05 import *  # noqa: F403
from .chapter_06 import *  # noqa: F403
from .chapter_07 import *  # noqa: F403
from .chapter_08 import *  # noqa: F403
from .chapter_09 import *  # noqa: F403
from .chapter_10 import *  # noqa: F403
from .chapter_11 import *  # noqa: F403
from .chapter_12 import *  # noqa: F403
from .chapter_13 import *  # noqa: F403
from .chapter_14 import *  # noqa: F403
from .chapter_15 import *  # noqa: F403
from .chapter_16 import *  # noqa: F403
from .chapter_17 import *  # noqa: F403
from .chapter_18 import *  # noqa: F403
from .chapter_19 import *  # noqa: F403
from .chapter_20 import *  # noqa: F403
from .chapter_21 import *  # noqa: F403
from .chapter_22 import *  # noqa: F403
from .chapter_23 import *  # noqa: F403
from .chapter_24 import *  # noqa: F403
