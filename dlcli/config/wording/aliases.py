"""What other tools, and other people, call the things of a config."""

MEANINGS = {
    # layers and their options
    "linear": "dense fc fully_connected affine",
    "conv2d": "conv convolution convolution2d depthwise_conv2d",
    "conv2d_transpose": "deconv deconv2d conv_transpose2d", "max_pool1d": "max_pooling1d",
    "max_pool2d": "maxpool max_pooling2d", "avg_pool1d": "average_pooling1d",
    "avg_pool2d": "avgpool average_pool average_pooling2d",
    "global_avg_pool": "gap global_average_pooling2d global_average_pooling1d global_avg_pool2d",
    "global_max_pool": "global_max_pooling2d global_max_pooling1d global_max_pool2d",
    "batch_norm": "bn batch_norm1d batch_norm2d batch_normalization",
    "layer_norm": "layer_normalization", "group_norm": "instance_norm group_normalization",
    "dropout": "spatial_dropout2d spatial_dropout1d dropout2d",
    "upsample": "up_sampling2d interpolate", "pad": "zero_pad2d zero_padding2d",
    "crop": "cropping2d random_crop", "concat": "concatenate cat", "add": "sum", "multiply": "mul",
    "sigmoid": "logistic", "silu": "swish",
    "units": "out_features size width neurons hidden n_units output_dim out_dim hidden_units hidden_size "
        "hidden_dim num_units nodes n_hidden embedding_dim embed_dim dim features",
    "kernel": "size kernel_size ksize filter_size kernel_shape",
    "filters": "out_channels features num_filters n_filters channels",
    "size": "image_size img_size target_size kernel_size ksize filter_size kernel_shape pool_size window "
        "window_size kernel resize",
    "stride": "strides subsample", "padding": "pad pads", "dilation": "dilation_rate dilations",
    "groups": "num_groups", "bias": "use_bias",
    "init": "kernel_initializer weight_init weight_initializer initializer",
    "bias_init": "bias_initializer", "p": "rate prob dropout_rate dropout", "negative_slope": "alpha slope",
    "axis": "direction", "factor": "size scale_factor scale", "method": "interpolation",
    "shape": "target_shape",
    # losses, metrics and their options
    "cross_entropy": "ce nll categorical_crossentropy sparse_categorical_crossentropy softmax_loss",
    "ctc": "ctc_loss connectionist_temporal_classification", "skip_impossible": "zero_infinity",
    "token_error_rate": "wer cer word_error_rate character_error_rate label_error_rate phone_error_rate",
    "binary_cross_entropy": "bce bce_with_logits_loss", "mse": "l2_loss mean_squared_error",
    "mae": "l1_loss mean_absolute_error", "huber": "smooth_l1", "delta": "beta",
    "dice": "dice_coefficient", "accuracy": "acc",
    "roc_auc": "auc", "f1": "f1_score macro_f1", "r2": "r2_score", "mean_iou": "iou jaccard", "k": "topk",
    "top_k_accuracy": "top5 topk top_5_accuracy", "expected_calibration_error": "ece",
    "bins": "n_bins num_bins", "class_weights": "alpha weights weight class_weight",
    "positive_weight": "pos_weight scale_pos_weight", "label_smoothing": "smoothing", "ignore": "ignore_index",
    # optimizers, schedules, initializers
    "learning_rate": "lr alpha rate max_lr base_lr initial_lr eta eta0 learning_rate_init",
    "weight_decay": "decay wd l2_penalty", "l1": "l1_reg l1_regularization lasso",
    "l2": "l2_reg l2_regularization ridge", "beta1": "betas b1", "epsilon": "eps", "eps": "epsilon",
    "cosine": "t_max cosine_annealing cosine_decay cosine_annealing_lr cosine_schedule",
    "step": "heaviside step_lr multi_step_lr step_decay", "exponential": "exponential_lr exponential_decay",
    "reduce_on_plateau": "reduce_lr_on_plateau plateau", "one_cycle": "one_cycle_lr",
    "every": "step_size", "gamma": "factor", "minimum": "min_lr", "final": "eta_min final_lr min_lr",
    "steps": "iterations iters n_iter max_steps num_steps total_steps train_steps max_iter",
    "glorot": "xavier xavier_uniform xavier_normal glorot_uniform glorot_normal",
    "he": "kaiming he_normal he_uniform", "normal": "gaussian", "mean": "mu loc", "std": "stddev sigma scale",
    # data
    "data": "dataset",
    "file": "path filename filepath csv_file data_file csv_path",
    "path": "folder root directory dir data_dir",
    "target": "label target_column label_column y_column class_column outcome response output_column y_col",
    "drop": "exclude drop_columns ignore_columns skip_columns index_col id_columns",
    "missing": "na_values null_values nan_values missing_values nulls",
    "labels": "class_names target_names label_names", "types": "dtypes column_types",
    "categories": "one_hot", "delimiter": "sep separator delim field_delimiter", "encoding": "charset",
    "channels": "color_mode grayscale greyscale",
    "n": "size samples n_samples num_samples n_rows num_rows rows",
    "classes": "n_classes num_classes", "features": "n_features num_features",
    "noise": "gaussian_noise noise_std", "train": "train_size train_split train_fraction",
    "validation": "val valid dev val_split validation_split val_size validation_size valid_size val_fraction",
    "test": "test_size test_split test_fraction", "sampling": "balance balanced oversample",
    "prepare": "preprocessing transforms",
    "standardize": "normalize normalise standard_scaler scaler scaling standardise",
    "impute": "imputer fillna fill_missing", "augment": "data_augmentation",
    "image_folder": "image_dataset_from_directory",
    "flip": "random_flip hflip horizontal_flip random_horizontal_flip vertical_flip random_vertical_flip",
    "rotate": "rotation random_rotation", "brightness": "color_jitter random_brightness",
    "cutout": "random_erasing",
    # training and the rest
    "epochs": "n_epochs max_epochs num_epochs iterations iters n_iter max_iter n_epoch "
        "num_train_epochs passes",
    "batch_size": "batch minibatch bs minibatch_size train_batch_size",
    "accumulate": "gradient_accumulation accumulation_steps gradient_accumulation_steps accumulate_grad_batches "
        "grad_accum",
    "clip_norm": "gradient_clip max_grad_norm clip grad_clip gradient_clip_val max_norm clip_gradients "
        "gradient_clip_norm",
    "early_stop": "early_stopping", "patience": "early_stopping_patience", "min_delta": "delta",
    "restore_best": "restore_best_weights", "keep": "max_checkpoints save_total_limit keep_last",
    "every_steps": "save_every checkpoint_every save_steps",
    "dtype": "precision", "training": "callbacks trainer",
    "network": "model layers architecture net hidden_layers",
    "loss": "criterion loss_function loss_fn objective cost",
    "optimizer": "optim",
    "schedule": "scheduler lr_schedule lr_scheduler learning_rate_schedule lr_policy",
    "init_from": "pretrained pretrained_weights warm_start resume_from from_checkpoint finetune_from",
    "seed": "random_state random_seed", "name": "id", "from": "inputs input",
}
"""Names here, and what they are called elsewhere. Of several meanings the first that is valid in its place counts."""

WORKERS = "`--workers N` on the command line sets how many cores work"
FOLDER = "`--runs DIR` on the command line names the folder of all runs"
DEVICE = "take it out: everything is computed on the CPU; `--workers N` on the command line sets how many cores work"
WARMUP = "write `schedule: {linear_warmup: {epochs: 1}}`, or another number of epochs or `steps`"
ACTIVATION = "an activation is a layer of its own: put `- relu`, say, after it"
SAID = {
    "num_workers n_workers workers n_jobs threads": WORKERS,
    "output_dir save_dir log_dir checkpoint_dir runs run_dir": FOLDER,
    "device gpu gpus cuda accelerator": DEVICE,
    "warmup warmup_epochs warmup_steps": WARMUP,
    "weights": "weights of classes are `class_weights` of the loss; `init_from` takes over those of an earlier run",
    "callbacks": "what they do elsewhere is said in `training`: `early_stop`, `checkpoint`, `monitor`",
    "verbose silent": "`--quiet` on the command line says less",
    "from_logits": "take it out: losses read scores (logits), and a last softmax or sigmoid may stay or go",
    "reduction": "take it out: losses are means over the rows",
    "keep_prob": "write `p`, the share that is dropped: 1 - keep_prob",
    "data_format": "take it out: channels are always the last axis",
    "activation": ACTIVATION,
}
"""What to say of names that no option has in their place. Two of them (`weights`, `callbacks`) have a meaning above."""
INPUT = "take it out: what comes in is known from the data and the layers before"
INPUTS = ("in_channels", "in_features", "input_shape", "input_dim", "num_features", "num_channels")
"""What layers are told elsewhere, and know here: `INPUT` is said of them."""


def folded(name: str) -> str:
    """Without what spellings differ in."""
    return name.lower().replace("_", "")


MEANT: dict[str, list[str]] = {}
"""From a folded name to its meanings."""
for meaning, others in MEANINGS.items():
    for other in others.split():
        MEANT.setdefault(folded(other), []).append(meaning)
