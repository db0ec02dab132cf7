"""What a person probably meant by a name that is not there."""

import re
from unicodedata import name as character_name

from dlcli.config.display import shorten

MEANT = {
    "dense": "linear", "fc": "linear", "fully_connected": "linear", "affine": "linear", "batchnorm": "batch_norm", "bn": "batch_norm",
    "batch_norm1d": "batch_norm", "batch_norm2d": "batch_norm", "batch_normalization": "batch_norm", "layernorm": "layer_norm",
    "layer_normalization": "layer_norm", "swish": "silu", "concatenate": "concat", "cat": "concat", "mul": "multiply", "sum": "add",
    "conv": "conv2d", "convolution": "conv2d", "convolution2d": "conv2d", "depthwise_conv2d": "conv2d", "deconv": "conv2d_transpose",
    "deconv2d": "conv2d_transpose", "conv_transpose2d": "conv2d_transpose", "maxpool": "max_pool2d", "max_pooling2d": "max_pool2d",
    "max_pooling1d": "max_pool1d", "avgpool": "avg_pool2d", "average_pool": "avg_pool2d", "average_pooling2d": "avg_pool2d",
    "average_pooling1d": "avg_pool1d", "gap": "global_avg_pool", "global_average_pooling2d": "global_avg_pool",
    "global_average_pooling1d": "global_avg_pool", "global_avg_pool2d": "global_avg_pool", "global_max_pooling2d": "global_max_pool",
    "global_max_pooling1d": "global_max_pool", "global_max_pool2d": "global_max_pool", "spatial_dropout2d": "dropout",
    "spatial_dropout1d": "dropout", "dropout2d": "dropout", "zero_pad2d": "pad", "zero_padding2d": "pad", "cropping2d": "crop",
    "up_sampling2d": "upsample", "interpolate": "upsample", "instance_norm": "group_norm", "group_normalization": "group_norm",
    "heaviside": "step", "logistic": "sigmoid",
    "bce": "binary_cross_entropy", "bce_with_logits_loss": "binary_cross_entropy", "ce": "cross_entropy", "nll": "cross_entropy",
    "categorical_crossentropy": "cross_entropy", "sparse_categorical_crossentropy": "cross_entropy", "softmax_loss": "cross_entropy",
    "l2_loss": "mse", "mean_squared_error": "mse", "l1_loss": "mae", "mean_absolute_error": "mae", "smooth_l1": "huber",
    "xavier": "glorot", "xavier_uniform": "glorot", "xavier_normal": "glorot", "glorot_uniform": "glorot", "glorot_normal": "glorot",
    "kaiming": "he", "he_normal": "he", "he_uniform": "he", "gaussian": "normal", "lr": "learning_rate", "alpha": "learning_rate",
    "n_epochs": "epochs", "max_epochs": "epochs", "num_epochs": "epochs", "batch": "batch_size", "minibatch": "batch_size",
    "out_features": "units", "size": "units", "width": "units", "neurons": "units", "hidden": "units", "n_units": "units",
    "rate": "p", "prob": "p", "dropout_rate": "p", "gradient_clip": "clip_norm", "max_grad_norm": "clip_norm", "clip": "clip_norm",
    "gradient_accumulation": "accumulate", "accumulation_steps": "accumulate", "early_stopping": "early_stop", "grad_clip": "clip_norm",
    "model": "network", "layers": "network", "architecture": "network", "dataset": "data", "criterion": "loss", "scheduler": "schedule",
    "lr_schedule": "schedule", "lr_scheduler": "schedule", "callbacks": "training", "trainer": "training", "preprocessing": "prepare",
    "transforms": "prepare", "val": "validation", "valid": "validation", "dev": "validation", "path": "file", "filename": "file",
    "kernel_initializer": "init", "use_bias": "bias", "normalize": "standardize", "standard_scaler": "standardize", "min_max": "minmax",
    "precision": "dtype", "acc": "accuracy", "auc": "roc_auc", "f1_score": "f1", "r2_score": "r2", "macro_f1": "f1",
    "iou": "mean_iou", "jaccard": "mean_iou", "top5": "top_k_accuracy", "topk": "top_k_accuracy", "top_5_accuracy": "top_k_accuracy",
    "ece": "expected_calibration_error", "dice_coefficient": "dice", "random_crop": "crop", "random_flip": "flip", "hflip": "flip",
    "horizontal_flip": "flip", "random_horizontal_flip": "flip", "vertical_flip": "flip", "random_vertical_flip": "flip",
    "rotation": "rotate", "random_rotation": "rotate", "color_jitter": "brightness", "random_brightness": "brightness",
    "gaussian_noise": "noise", "random_erasing": "cutout", "data_augmentation": "augment", "image_dataset_from_directory": "image_folder",
    "out_channels": "filters", "num_groups": "groups", "scale_factor": "factor", "interpolation": "method", "image_size": "size",
    "img_size": "size", "target_size": "size", "color_mode": "channels", "folder": "path", "root": "path", "directory": "path",
    "stddev": "std", "sigma": "std", "direction": "axis", "eps": "epsilon", "epsilon": "eps", "iterations": "steps",
    "random_state": "seed", "random_seed": "seed", "inputs": "from", "input": "from", "id": "name",
}
"""Names of other tools. A meaning counts only where it is a valid name."""
FOLDED = {name.replace("_", ""): meaning for name, meaning in MEANT.items()}


def nearest(name: str, valid) -> str | None:
    """The valid name that was probably meant, or None."""
    valid = list(valid)
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip()).lower().replace("-", "_").replace(" ", "_")
    short = plain.removesuffix("_loss").removesuffix("_layer")
    folded = {option.lower().replace("_", ""): option for option in valid}
    for candidate in (plain.replace("_", ""), short.replace("_", "")):
        meant = folded.get(candidate) or FOLDED.get(candidate)
        if meant in valid:
            return meant
    from difflib import get_close_matches
    close = get_close_matches(plain.replace("_", ""), folded, 1, 0.65)
    if close and re.search(r"\d", plain) and re.sub(r"\d", "", plain.replace("_", "")) == re.sub(r"\d", "", close[0]):
        return None                     # names that differ in numbers only are no slips: float16, relu7
    return folded[close[0]] if close else None


def suggestion(name: str, valid, what: str) -> str | None:
    """A hint: the nearest valid name, else the list of valid ones. `what`: a plural noun (options, layers)."""
    valid = list(valid)
    if not valid:
        return f"there are no {what} here"
    strange = next((c for c in name if ord(c) > 127), None)
    meant = nearest(name, valid)
    if meant:
        odd = f" ('{strange}' is U+{ord(strange):04X} {character_name(strange, '')})" if strange else ""
        return f"did you mean '{meant}'?{odd}"
    shown = ", ".join(valid[:30]) + (f", ... ({len(valid)} in all)" if len(valid) > 30 else "")
    return f"{what}: {shown}" if shown else None


def quoted(name: str) -> str:
    return f"'{shorten(name)}'"
