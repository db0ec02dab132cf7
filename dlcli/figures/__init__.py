"""Everything that draws: the curves of a run, filters, masks, an explained prediction."""
