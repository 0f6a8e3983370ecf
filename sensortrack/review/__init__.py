"""What people look at: the report on one page, and the local pages over the store."""
