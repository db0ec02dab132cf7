    if not len(stretches):
        raise DataError(f"data.split.{split}", f"has {len(part.ids):,} {vocabulary.tokenizer.unit}s, and a window needs "
