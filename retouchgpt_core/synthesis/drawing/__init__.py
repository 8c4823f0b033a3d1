"""Drawing imperfections with exact truth onto clean faces."""
