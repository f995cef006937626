"""What the decisions are made of: matching, merging, naming, lines, folding, totals."""
