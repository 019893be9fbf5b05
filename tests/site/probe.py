# What tests/site/test_lite.py runs in the browser's kernel, after the setup cell; a cell a rule.
import json

import jupyterlab_widgets
import mnist_core

versions = {module.__name__: module.__version__ for module in (ipywidgets, jupyterlab_widgets)}
print(json.dumps({"book": str(book), "core": mnist_core.__file__, "labs": labs.__file__,
                  "results": len(list((book / "notebooks/results").iterdir())),
                  "images": len((book / "data/t10k-images-idx3-ubyte.gz").read_bytes()),
                  "versions": versions}))

# ----
seen = ipywidgets.interact(lambda dial: print("saw", dial), dial=ipywidgets.IntSlider(0, 0, 9))

# ----
from types import SimpleNamespace

def records(rate):
    for step in range(1, 100_000):
        yield SimpleNamespace(step=step, loss=rate / step, val_accuracy=None, seconds=0.0)

plots.curve = lambda records, faint: (plt.figure(), None)  # there is no matplotlib to draw it
labs.png_bytes = lambda figure: b""
panel = labs.LivePanel(records, name="probe", steps=lambda rate: 100_000, rate=[1, 2])
panel.box
