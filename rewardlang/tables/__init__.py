"""Files of samples and scores: JSON lines, Parquet and CSV, in and out, a bounded batch at a time."""
