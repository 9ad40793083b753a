"""The evidence of a run: operations, effects, states and frozen rows as Parquet files, and their manifest."""
