"""The Identify page: `question`, `verdict`, `motif_use`, `evidence` and `why`; `view` puts the answer together."""
