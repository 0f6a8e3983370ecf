"""One module per sensor family: wire table, decoder, encoder."""
