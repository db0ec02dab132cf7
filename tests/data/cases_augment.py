"""The table of augmentations: every kind, every option at least once."""

CASES = {
    "crop": {"crop": {}},
    "crop, far and white": {"crop": {"padding": 5, "fill": 1.0}},
    "flip": {"flip": {}},
    "flip, always, vertical": {"flip": {"axis": "vertical", "probability": 1.0}},
    "rotate": {"rotate": {}},
    "rotate, all around": {"rotate": {"degrees": 180.0, "fill": 0.5}},
    "brightness": {"brightness": {}},
    "brightness, much": {"brightness": {"amount": 0.9}},
    "noise": {"noise": {}},
    "noise, much": {"noise": {"std": 0.5}},
    "cutout": {"cutout": {"size": 3}},
    "cutout, grey": {"cutout": {"size": 4, "fill": 0.5}},
}
