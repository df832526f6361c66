"""Names, types, axes, missing values and ranges: from `Ast` to `Checked`."""
